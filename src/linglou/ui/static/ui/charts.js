// Draws every [data-chart] (an ECharts option as JSON) in the page's own colours, and again after a swap, a resize or nightfall.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // A colour in an option may be a token: "@responded", "@missing", "@muted" ...
  function resolve(value) {
    if (typeof value === "string") return /^@[a-z-]+$/.test(value) ? token(value.slice(1)) : value;
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part)]));
    return value;
  }

  function theme() {
    const [ink, muted, line] = ["ink", "muted", "line"].map(token);
    const axis = {
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: { color: muted, fontSize: 12 },
      splitLine: { lineStyle: { color: line } },
      nameTextStyle: { color: muted },
    };
    return {
      color: ["responded", "excused", "missing", "info", "bad", "good"].map(token),
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { textStyle: { color: muted }, itemWidth: 14, itemHeight: 10, top: 0 },
      tooltip: { backgroundColor: token("surface"), borderColor: line, textStyle: { color: ink }, confine: true },
      title: { textStyle: { color: ink } },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: { ...axis, axisLine: { show: false } },
      timeAxis: { ...axis, splitLine: { show: false } },
      logAxis: axis,
      line: { symbolSize: 6, lineStyle: { width: 2.5 } },
      bar: { itemStyle: { borderRadius: 3 } },
      treemap: { breadcrumb: { show: false }, itemStyle: { borderColor: token("surface"), gapWidth: 2 } },
    };
  }

  function draw(box) {
    let option;
    try {
      option = resolve(JSON.parse(box.dataset.chart));
    } catch {
      box.hidden = true; // the text alternative beside it stays
      return;
    }
    echarts.getInstanceByDom(box)?.dispose();
    const chart = echarts.init(box, theme(), { renderer: "svg" });
    chart.setOption({ grid: { left: 8, right: 24, top: 32, bottom: 4, containLabel: true }, animation: !still.matches, animationDuration: 300, ...option });
    if (!box.hasAttribute("role")) box.setAttribute("role", "img");
    observer.observe(box);
  }

  const all = (root) => [...(root.matches?.("[data-chart]") ? [root] : []), ...root.querySelectorAll("[data-chart]")];
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = echarts.getInstanceByDom(target);
      if (chart && (chart.getWidth() !== target.clientWidth || chart.getHeight() !== target.clientHeight)) chart.resize();
    }
  });
  const start = () => all(document).forEach(draw);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:afterSettle", (event) => all(event.target).forEach(draw));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (!(event.target instanceof Element)) return;
    for (const box of all(event.target)) { observer.unobserve(box); echarts.getInstanceByDom(box)?.dispose(); }
  });
  dark.addEventListener("change", start);
})();
