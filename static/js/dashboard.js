// Draws the charts of the dashboard from the figures that the page carries as JSON; the same figures stand in its tables.
"use strict";

(() => {
  const source = document.getElementById("charts");
  if (!source || !window.echarts) return;
  const figures = JSON.parse(source.textContent);
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

  const draw = (id, options, height) => {
    const box = document.getElementById(`chart-${id}`);
    box.hidden = false;
    const chart = window.echarts.init(box, null, { renderer: "svg", ...(height ? { height } : {}) });
    if (height) box.classList.add("tall");
    chart.setOption({ ...base, ...options });
    charts.push([chart, height]);
  };

  const month = (value) => {
    const day = new Date(value);
    return day.getMonth() === 0 ? `${day.getFullYear()}年` : `${day.getMonth() + 1}月`;
  };
  // A long name stands on lines of about the same length; nothing is cut.
  const breadth = (name) => [...name].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e7f ? 1 : 0.6), 0);
  const linesOf = (name) => Math.max(1, Math.ceil(breadth(name) / (narrow ? 8 : 14)));
  const short = (name) => {
    const signs = [...name];
    const size = Math.ceil(signs.length / linesOf(name));
    return Array.from({ length: linesOf(name) }, (_, place) => signs.slice(place * size, (place + 1) * size).join("")).join("\n");
  };
  const red = () => colour("--over-s");
  const quiet = ["--accent", "--done-s", "--doing-s", "--none-s"];

  const curve = (id, { planned, remaining, today }) => {
    const [lastDay, left] = remaining[remaining.length - 1];
    draw(id, {
      grid: { left: 40, right: 58, top: 26, bottom: 26 },
      tooltip: { ...base.tooltip, trigger: "axis" },
      xAxis: { ...axis, type: "time", minInterval: 28 * 24 * 3600 * 1000, axisLabel: { ...label, formatter: month, hideOverlap: true } },
      yAxis: { ...axis, type: "value", min: 0, minInterval: 1, splitLine: { lineStyle: { color: colour("--line") } }, axisLine: { show: false } },
      series: [
        {
          name: "计划剩余", type: "line", data: planned, symbol: "none", color: colour("--line-3"),
          lineStyle: { type: [5, 4], width: 1.5 },
          endLabel: { show: true, formatter: "计划线", ...label },
        },
        {
          name: "实际剩余", type: "line", data: remaining, symbol: "circle", symbolSize: 5, color: colour("--accent"),
          lineStyle: { width: 2.5 }, areaStyle: { opacity: 0.07 },
          markPoint: {
            symbol: "circle", symbolSize: 9, data: [{ coord: [lastDay, left] }],
            label: { show: true, position: "top", distance: 10, backgroundColor: "#fff", padding: [1, 4], offset: [-18, 0], formatter: `实际 ${left}`, color: colour("--accent"), fontFamily: font, fontWeight: 600, fontSize: 13 },
          },
          markLine: {
            silent: true, symbol: "none", lineStyle: { color: colour("--line-2"), type: "solid" },
            label: { formatter: "今天", ...label }, data: [{ xAxis: today }],
          },
        },
      ],
    });
  };

  const DARK_TEXT = ["done", "soon", "none"];

  const marks = (id, { names, series }) => {
    const totals = names.map((_name, place) => series.reduce((sum, one) => sum + one.values[place], 0));
    const late = series.find((one) => one.key === "over").values;
    const largest = Math.max(1, ...totals);
    const bars = series.map((one) => ({
      name: one.name, type: "bar", stack: "marks", barWidth: 18, data: one.values,
      itemStyle: { color: colour(`--${one.key}-s`), borderColor: "#fff", borderWidth: 1 },
      label: {
        show: true, fontSize: 12, fontFamily: font, color: DARK_TEXT.includes(one.key) ? colour("--ink") : "#fff",
        formatter: (point) => (point.value >= largest * (narrow ? 0.1 : 0.05) ? String(point.value) : ""),
      },
    }));
    const total = {
      name: "合计", type: "bar", stack: "marks", barWidth: 18, data: totals.map(() => 0), tooltip: { show: false }, silent: true,
      label: {
        show: true, position: "right", ...label,
        formatter: ({ dataIndex }) => `${totals[dataIndex]} 条${late[dataIndex] ? `  逾期 ${late[dataIndex]}` : ""}`,
      },
    };
    draw(id, {
      grid: { left: narrow ? 56 : 196, right: 96, top: 8, bottom: 8 },
      tooltip: { ...base.tooltip, trigger: "item", formatter: (point) => `${point.name}\n${point.seriesName} ${point.value} 条` },
      xAxis: { type: "value", max: largest, show: false },
      yAxis: namesAxis(names.map((name) => (narrow ? name.slice(0, 3) : name)), narrow ? 52 : 190),
      series: [...bars, total],
    });
  };

  const namesAxis = (names, margin) => ({
    type: "category", inverse: true, data: names, axisLine: { show: false }, axisTick: { show: false },
    axisLabel: { ...label, color: colour("--ink-2"), fontSize: narrow ? 12 : 13, lineHeight: 15, align: "left", margin, formatter: short, interval: 0 },
  });

  // Side by side, week by week.
  const columns = (id, { names, series }) => {
    draw(id, {
      grid: { left: 36, right: 12, top: 34, bottom: 26 },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 8, textStyle: { ...label, color: colour("--ink-2") } },
      tooltip: { ...base.tooltip, trigger: "axis" },
      xAxis: { ...axis, type: "category", data: names.map((name) => name.slice(0, 5)), axisLabel: { ...label, hideOverlap: true } },
      yAxis: { ...axis, type: "value", min: 0, minInterval: 1, splitLine: { lineStyle: { color: colour("--line") } }, axisLine: { show: false } },
      series: series.map((one, place) => ({
        name: one.name, type: "bar", barMaxWidth: 14, data: one.values, color: one.red ? red() : colour(quiet[place]),
      })),
    });
  };

  // One name a row; its numbers beside it.
  const bars = (id, { names, series }) => {
    const rows = Math.max(names.length, 2);
    const many = series.length > 1;
    const tall = Math.max(many ? 44 : 30, 15 * Math.max(1, ...names.map(linesOf)) + 8);
    const unit = (one) => (one.unit === "%" ? "%" : ` ${one.unit}`);
    draw(id, {
      grid: { left: narrow ? 112 : 196, right: 84, top: many ? 30 : 8, bottom: 8 },
      ...(many ? { legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 8, textStyle: { ...label, color: colour("--ink-2") } } } : {}),
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: { type: "value", min: 0, show: false, ...(series.every((one) => one.unit === "%") ? { max: 100 } : {}) },
      yAxis: namesAxis(names, narrow ? 108 : 190),
      series: series.map((one, place) => ({
        name: one.name, type: "bar", barWidth: many ? 12 : 14, barGap: "25%", data: one.values, color: one.red ? red() : colour(quiet[place]),
        label: { show: true, position: "right", ...label, formatter: ({ value }) => (value === null || value === undefined ? "" : `${value}${unit(one)}`) },
      })),
    }, rows * tall + (many ? 40 : 16));
  };

  // Units by week: the deeper, the more is overdue; the number stands in the cell.
  const heat = (id, { names, series }) => {
    const most = Math.max(1, ...series.flatMap((week) => week.values));
    const cells = series.flatMap((week, x) => week.values.map((value, y) => ({
      value: [x, y, value], label: { color: value > most * 0.6 ? "#fff" : colour("--ink") },
    })));
    draw(id, {
      grid: { left: narrow ? 96 : 130, right: 8, top: 26, bottom: 4 },
      tooltip: { ...base.tooltip, formatter: ({ value }) => `${names[value[1]]}\n${series[value[0]].name} 逾期 ${value[2]} 条` },
      xAxis: { ...axis, type: "category", position: "top", data: series.map((week) => week.name), axisLine: { show: false }, axisLabel: { ...label, hideOverlap: true } },
      yAxis: namesAxis(names, narrow ? 92 : 124),
      visualMap: { show: false, min: 0, max: most, inRange: { color: [colour("--surface-3"), colour("--over-b"), red()] } },
      series: [{
        type: "heatmap", data: cells, itemStyle: { borderColor: "#fff", borderWidth: 1 },
        label: { show: true, fontFamily: font, fontSize: 12, formatter: ({ value }) => (value[2] ? String(value[2]) : "") },
      }],
    }, names.length * 28 + 34);
  };

  const drawers = { curve, marks, columns, bars, heat };
  Object.entries(figures).forEach(([id, figure]) => drawers[figure.kind](id, figure));
  // Without a drawing the tables stand open in its place.
  document.querySelectorAll("[data-table]").forEach((table) => { table.open = !table.closest(".series").querySelector(".ech"); });
  window.addEventListener("resize", () => charts.forEach(([chart, height]) => chart.resize(height ? { height } : {})));
})();
