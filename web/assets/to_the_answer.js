() => setTimeout(() => {
  // A long reply must not push its own beginning, the answer, out of sight.
  const turns = document.querySelectorAll("#talk .zw-turn");
  turns[turns.length - 1]?.scrollIntoView({ block: "start", behavior: "instant" });
}, 150)
