// A list of articles: what is done to one of them is asked about first where it cannot be undone by itself.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act], [data-start], [data-article]");
  if (!button) return;
  if (button.dataset.act) {
    if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
    trigger("submit", { act: button.dataset.act, article: button.dataset.article ?? "" });
  } else if (button.dataset.start) {
    trigger("input", { start: button.dataset.start });
  } else {
    window.zhiwen.opener = button;
    trigger("select", { article: button.dataset.article });
  }
});
