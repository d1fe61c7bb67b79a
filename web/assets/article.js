const show = () => {
  const article = element.querySelector(".zw-article");
  if (!article) return;
  article.focus({ preventScroll: true });
  const place = article.querySelector(".zw-original :is(.zw-span, .zw-sentence, .zw-here)");
  const own = getComputedStyle(article).overflowY === "auto"; // it scrolls by itself, beside the answer
  if (own) article.scrollTop = place ? place.offsetTop - article.clientHeight / 3 : 0;
  else if (place) place.scrollIntoView({ block: "center" });
  else article.scrollIntoView({ block: "start" });
};
watch("value", () => setTimeout(show, 30));
element.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]");
  if (act && confirm(act.dataset.confirm)) trigger("submit", { act: act.dataset.act, article: act.dataset.article });
  if (!event.target.closest("[data-close]")) return;
  props.value = "";
  window.zhiwen.opener?.focus();
});
