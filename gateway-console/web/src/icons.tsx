// A few line icons, drawn for this console.
const PATHS = {
  overview: "M4 13h6V4H4zM14 20h6V4h-6zM4 20h6v-3H4z",
  transfers: "M7 4v14m0 0-3-3m3 3 3-3M17 20V6m0 0-3 3m3-3 3 3",
  push: "M4 12 20 4l-5 16-4-6zM11 14l4-4",
  jobs: "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
  pulls: "M12 3v11m0 0-4-4m4 4 4-4M5 20h14",
  watches: "M3 7h6l2 2h10v10H3zM12 12a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  rules: "M5 6h5l4 12h5M5 18h5l1.500-4.500M16.500 15.500 19 18l-2.500 2.500M14 6h5M16.500 3.500 19 6l-2.500 2.500",
  archives: "M4 5h16v4H4zM5.500 9v10h13V9M10 13h4",
  accounts: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 20c1-4 4-5 8-5s7 1 8 5",
  remotes: "M4 5h16v5H4zM4 14h16v5H4zM7.5 7.5h.01M7.5 16.5h.01",
  files: "M3 6h6l2 2h10v11H3zM3 11h18",
  folder: "M3 6h6l2 2h10v11H3z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  more: "M5 11.500v1M12 11.500v1M19 11.500v1M4.500 12h1M11.500 12h1M18.500 12h1",
  me: "M12 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M5 20v-1c0-3 3-4.500 7-4.500s7 1.500 7 4.500v1",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12m4.5 10.5L20 20",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M5 19l1.4-1.4M17.600 6.4 19 5",
  moon: "M20 14a8 8 0 0 1-10-10 8 8 0 1 0 10 10",
  leave: "M14 4h5v16h-5M4 12h10m0 0-3.500-3.500M14 12l-3.500 3.500",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  warning: "M12 4 2.500 20h19zM12 10v4m0 3h.01",
  check: "M5 13l4 4L19 7",
  up: "M12 19V6m0 0-5 5m5-5 5 5",
  down: "M12 5v13m0 0-5-5m5 5 5-5",
  pause: "M9 6v12M15 6v12",
  play: "M8 5v14l11-7z",
  retry: "M4 12a8 8 0 1 0 2.500-5.800M4 4v4h4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
