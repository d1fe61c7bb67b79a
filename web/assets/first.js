(() => {
  // The page's language is the one chosen on it, else the server's: gradio itself would take the browser's.
  const asked = new URLSearchParams(location.search).get("lang");
  const kept = document.cookie.match(/(?:^|; )zhiwen_language=(zh|en)/);
  const language = asked === "en" || asked === "zh" ? asked : kept ? kept[1] : "SERVER_LANGUAGE";
  document.cookie = `zhiwen_language=${language}; path=/; max-age=31536000; SameSite=Lax`;
  const locale = language === "en" ? "en" : "zh-CN";
  document.documentElement.lang = locale;
  Object.defineProperty(navigator, "language", { get: () => locale });
  Object.defineProperty(navigator, "languages", { get: () => [locale] });
  let restored;
  window.zhiwen = {
    speak(other) {
      document.cookie = `zhiwen_language=${other}; path=/; max-age=31536000; SameSite=Lax`;
      const address = new URL(location.href);
      address.searchParams.delete("lang");
      location.replace(address);
    },
    shade() {
      const dark = document.body.classList.toggle("dark");
      localStorage.setItem("zhiwen.theme", dark ? "dark" : "light");
    },
    language,
    // Nothing is asked before what was asked earlier is back on the page, which would write over it.
    restored: new Promise((done) => { restored = done; }),
    nowRestored: () => restored(),
  };
  const theme = localStorage.getItem("zhiwen.theme");
  const address = new URL(location.href);
  if ((theme === "dark" || theme === "light") && !address.searchParams.has("__theme")) {
    address.searchParams.set("__theme", theme);
    history.replaceState(null, "", address);
  }
})();
