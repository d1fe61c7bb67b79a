// A list of replies or hits: what is clicked in it is told to the server; what opened an article gets the focus back.
element.addEventListener("click", (event) => {
  const judged = event.target.closest("[data-verdict]");
  if (judged) {
    judged.parentElement.querySelectorAll("[data-verdict]").forEach((each) => each.setAttribute("aria-pressed", each === judged));
    trigger("like", { verdict: judged.dataset.verdict, turn: judged.dataset.turn });
    return;
  }
  const example = event.target.closest("[data-ask]");
  if (example) {
    trigger("input", { question: example.dataset.ask });
    return;
  }
  if (event.target.closest("button, a, summary") && !event.target.closest("[data-open]")) return;
  if (!document.getSelection().isCollapsed) return; // words are being selected to be copied
  const opener = event.target.closest("[data-open]") ?? event.target.closest(".zw-passage")?.querySelector("[data-open]");
  if (!opener) return;
  window.zhiwen.opener = opener;
  trigger("select", { place: opener.dataset.open });
});
