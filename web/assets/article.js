const show = () => {
  const article = element.querySelector(".zw-article");
  if (!article) return;
  article.focus({ preventScroll: true });
  const place = article.querySelector(".zw-span, .zw-sentence, .zw-here") ? article.querySelector(".zw-original .zw-span, .zw-original .zw-sentence, .zw-original .zw-here") : null;
  const narrow = getComputedStyle(article).overflowY !== "auto";
  if (narrow) (place ?? article).scrollIntoView({ block: "center" });
  else article.scrollTop = place ? place.offsetTop - article.clientHeight / 3 : 0;
};
watch("value", () => setTimeout(show, 30));
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  props.value = "";
  window.zhiwen.opener?.focus();
});
