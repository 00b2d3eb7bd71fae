// The throughput as two areas over one hour. Drawn by hand: a library would be larger than the rest of the console.
import { useId } from "react";
import type { Throughput } from "./api";
import { useFormat } from "./format";
import { useTexts } from "./language";

const WIDTH = 720;
const HEIGHT = 190;
const LEFT = 4;
const BOTTOM = 22;
const TOP = 16;

/** A round number of bytes per second at or above the highest value. */
function ceiling(value: number): number {
  let step = 1024;
  while (step < value) {
    for (const factor of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) {
      if (step * factor >= value) return step * factor;
    }
    step *= 1024;
  }
  return step;
}

export function ThroughputChart({ data }: { data: Throughput }) {
  const t = useTexts();
  const { rate, clock } = useFormat();
  const id = useId();
  const most = (key: "bytesIn" | "bytesOut") => data.samples.reduce((high, sample) => Math.max(high, sample[key]), 0);
  const text = t.overview.throughputText(rate(most("bytesIn")), rate(most("bytesOut")));
  const top = ceiling(Math.max(most("bytesIn"), most("bytesOut"), 1024));
  const last = data.samples.length > 0 ? new Date(data.samples[data.samples.length - 1]!.at).getTime() : Date.now();
  const begin = last - data.seconds * 1000;
  const x = (at: number) => LEFT + ((at - begin) / (last - begin)) * (WIDTH - LEFT * 2);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const line = (key: "bytesIn" | "bytesOut") =>
    data.samples.map((sample, index) => `${index === 0 ? "M" : "L"}${x(new Date(sample.at).getTime()).toFixed(1)} ${y(sample[key]).toFixed(1)}`).join("");
  const area = (key: "bytesIn" | "bytesOut") => {
    const first = data.samples[0];
    return first === undefined
      ? ""
      : `${line(key)}L${x(last).toFixed(1)} ${y(0)}L${x(new Date(first.at).getTime()).toFixed(1)} ${y(0)}Z`;
  };
  const marks = [0, 1, 2, 3, 4].map((part) => begin + (part * (last - begin)) / 4);
  return (
    <figure className="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby={id} preserveAspectRatio="none">
        <title id={id}>{`${t.overview.throughput}. ${text}`}</title>
        {[0, 0.5, 1].map((share) => (
          <line key={share} className="grid" x1={LEFT} x2={WIDTH - LEFT} y1={y(top * share)} y2={y(top * share)} />
        ))}
        <path className="area in" d={area("bytesIn")} />
        <path className="line in" d={line("bytesIn")} vectorEffect="non-scaling-stroke" />
        <path className="area out" d={area("bytesOut")} />
        <path className="line out" d={line("bytesOut")} vectorEffect="non-scaling-stroke" />
      </svg>
      <div className="scale" aria-hidden="true">
        <span>{rate(top)}</span>
        <span>{rate(top / 2)}</span>
        <span>0</span>
      </div>
      <div className="hours" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark}>{clock(mark)}</span>
        ))}
      </div>
      <figcaption>
        <span className="key in">{t.overview.incoming}</span>
        <span className="key out">{t.overview.outgoing}</span>
        <span className="chart-text">{text}</span>
      </figcaption>
    </figure>
  );
}
