// Draws the two charts of the dashboard from the figures that the page carries as JSON; the same figures stand in its tables.
"use strict";

(() => {
  const source = document.getElementById("charts");
  if (!source || !window.echarts) return;
  const { curve, categories } = JSON.parse(source.textContent);
  const narrow = window.matchMedia("(max-width: 767px)").matches;
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = getComputedStyle(document.body).fontFamily;
  const ink = colour("--ink-3");
  const label = { color: ink, fontFamily: font, fontSize: 12 };
  const axis = { axisLine: { lineStyle: { color: colour("--line-2") } }, axisTick: { show: false }, axisLabel: label };
  const base = {
    animation: false,
    textStyle: { fontFamily: font },
    // richText is drawn, the HTML tooltip would need style attributes that the Content-Security-Policy forbids.
    tooltip: { renderMode: "richText", confine: true, textStyle: { fontFamily: font, fontSize: 13 } },
  };
  const charts = [];

  const draw = (id, options) => {
    const box = document.getElementById(id);
    box.hidden = false;
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({ ...base, ...options });
    charts.push(chart);
  };

  const month = (value) => {
    const day = new Date(value);
    return day.getMonth() === 0 ? `${day.getFullYear()}年` : `${day.getMonth() + 1}月`;
  };

  const drawCurve = () => {
    const [lastDay, left] = curve.remaining[curve.remaining.length - 1];
    draw("curve", {
      grid: { left: 40, right: 58, top: 26, bottom: 26 },
      tooltip: { ...base.tooltip, trigger: "axis" },
      xAxis: { ...axis, type: "time", minInterval: 28 * 24 * 3600 * 1000, axisLabel: { ...label, formatter: month, hideOverlap: true } },
      yAxis: { ...axis, type: "value", min: 0, minInterval: 1, splitLine: { lineStyle: { color: colour("--line") } }, axisLine: { show: false } },
      series: [
        {
          name: "计划剩余", type: "line", data: curve.planned, symbol: "none", color: colour("--line-3"),
          lineStyle: { type: [5, 4], width: 1.5 },
          endLabel: { show: true, formatter: "计划线", ...label },
        },
        {
          name: "实际剩余", type: "line", data: curve.remaining, symbol: "circle", symbolSize: 5, color: colour("--accent"),
          lineStyle: { width: 2.5 }, areaStyle: { opacity: 0.07 },
          markPoint: {
            symbol: "circle", symbolSize: 9, data: [{ coord: [lastDay, left] }],
            label: { show: true, position: "top", distance: 10, backgroundColor: "#fff", padding: [1, 4], offset: [-18, 0], formatter: `实际 ${left}`, color: colour("--accent"), fontFamily: font, fontWeight: 600, fontSize: 13 },
          },
          markLine: {
            silent: true, symbol: "none", lineStyle: { color: colour("--line-2"), type: "solid" },
            label: { formatter: "今天", ...label }, data: [{ xAxis: curve.today }],
          },
        },
      ],
    });
  };

  const WORDS = { closed: "已销号", done: "已完成", review: "待审核", doing: "推进中", soon: "临期", none: "未启动", over: "逾期" };
  const DARK_TEXT = ["done", "soon", "none"];

  const drawCategories = () => {
    const largest = Math.max(1, ...categories.totals);
    const marks = Object.keys(WORDS);
    // A long name stands on two lines of about the same length; nothing is cut.
    const halves = (name) => `${name.slice(0, Math.ceil(name.length / 2))}\n${name.slice(Math.ceil(name.length / 2))}`;
    const short = (name) => (narrow ? name.slice(0, 3) : name.length > 14 ? halves(name) : name);
    const bars = marks.map((mark) => ({
      name: WORDS[mark], type: "bar", stack: "marks", barWidth: 18, data: categories.counts[mark],
      itemStyle: { color: colour(`--${mark}-s`), borderColor: "#fff", borderWidth: 1 },
      label: {
        show: true, fontSize: 12, fontFamily: font, color: DARK_TEXT.includes(mark) ? colour("--ink") : "#fff",
        formatter: (point) => (point.value >= largest * (narrow ? 0.1 : 0.05) ? String(point.value) : ""),
      },
    }));
    const total = {
      name: "合计", type: "bar", stack: "marks", barWidth: 18, data: categories.totals.map(() => 0), tooltip: { show: false }, silent: true,
      label: {
        show: true, position: "right", ...label,
        formatter: (point) => {
          const late = categories.counts.over[point.dataIndex];
          return `${categories.totals[point.dataIndex]} 条${late ? `  逾期 ${late}` : ""}`;
        },
      },
    };
    draw("categories", {
      grid: { left: narrow ? 44 : 196, right: 96, top: 8, bottom: 8 },
      tooltip: { ...base.tooltip, trigger: "item", formatter: (point) => `${point.name}\n${point.seriesName} ${point.value} 条` },
      xAxis: { type: "value", max: largest, show: false },
      yAxis: {
        type: "category", inverse: true, data: categories.names, axisLine: { show: false }, axisTick: { show: false },
        axisLabel: { ...label, color: colour("--ink-2"), fontSize: 13, lineHeight: 16, align: "left", margin: narrow ? 40 : 190, formatter: short },
      },
      series: [...bars, total],
    });
  };

  drawCurve();
  drawCategories();
  // Without a drawing the tables stand open in its place.
  document.querySelectorAll("[data-table]").forEach((table) => { table.open = false; });
  window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
})();
