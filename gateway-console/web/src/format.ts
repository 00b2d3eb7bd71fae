// Sizes, times and durations in the browser's language.
import { useMemo } from "react";
import { useLanguage } from "./language";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export interface Format {
  number: (value: number) => string;
  bytes: (value: number | null | undefined) => string;
  rate: (value: number | null | undefined) => string;
  time: (value: string | null | undefined) => string;
  clock: (value: number | string) => string;
  ago: (value: string | null | undefined) => string;
  duration: (milliseconds: number | null | undefined) => string;
  percent: (share: number) => string;
}

function format(locale: string): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const bytes = (value: number | null | undefined) => {
    if (value === null || value === undefined) return "–";
    let size = value;
    let unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return `${unit === 0 || size >= 100 ? whole.format(size) : one.format(size)}\u00a0${UNITS[unit]}`;
  };
  return {
    number: (value) => whole.format(value),
    bytes,
    rate: (value) => (value === null || value === undefined ? "–" : `${bytes(value)}/s`),
    time: (value) => (value ? time.format(new Date(value)) : "–"),
    clock: (value) => clock.format(new Date(value)),
    ago: (value) => {
      if (!value) return "–";
      const seconds = (new Date(value).getTime() - Date.now()) / 1000;
      const size = Math.abs(seconds);
      if (size < 60) return relative.format(Math.round(seconds), "second");
      if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
      if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
      return relative.format(Math.round(seconds / 86_400), "day");
    },
    duration: (milliseconds) => {
      if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return "–";
      const seconds = milliseconds / 1000;
      if (seconds < 60) return `${seconds < 10 ? one.format(seconds) : whole.format(seconds)}\u00a0s`;
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return `${minutes}\u00a0min ${whole.format(Math.floor(seconds % 60))}\u00a0s`;
      return `${whole.format(Math.floor(minutes / 60))}\u00a0h ${minutes % 60}\u00a0min`;
    },
    percent: (value) => share.format(value),
  };
}

export function useFormat(): Format {
  const { locale } = useLanguage();
  return useMemo(() => format(locale), [locale]);
}
