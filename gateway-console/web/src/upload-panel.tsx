// What is being uploaded, in a corner of every view.
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useFormat } from "./format";
import { Icon } from "./icons";
import { useTexts } from "./language";
import { useProblemText } from "./notices";
import { Bar } from "./parts";
import { nameOf } from "./paths";
import { dropUploads, isUploading, type PageUpload, retryUploads, useUploads } from "./uploads";

/** More lines than this help nobody; the totals include all. */
const MOST_SHOWN = 30;
const ORDER: Record<PageUpload["state"], number> = { exists: 0, failed: 1, sending: 2, waiting: 3, done: 4 };

export function UploadPanel() {
  const t = useTexts();
  const { bytes, percent, number } = useFormat();
  const { list, bytes: total, sent } = useUploads();
  const [open, setOpen] = useState(true);
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => isUploading() && event.preventDefault();
    window.addEventListener("beforeunload", leaving);
    return () => window.removeEventListener("beforeunload", leaving);
  }, []);
  if (list.length === 0) return null;
  const done = list.filter((one) => one.state === "done").length;
  const existing = list.filter((one) => one.state === "exists");
  const active = list.some((one) => one.state === "waiting" || one.state === "sending");
  const shown = [...list].sort((a, b) => ORDER[a.state] - ORDER[b.state]).slice(0, MOST_SHOWN);
  return (
    <section className="uploads card" aria-label={t.uploads.title}>
      <div className="uploads-head">
        <strong>{t.uploads.count(number(done), number(list.length))}</strong>
        <span className="note number">{t.jobs.of(bytes(sent), bytes(total))}</span>
        <button
          type="button"
          className="plain"
          aria-expanded={open}
          aria-label={open ? t.uploads.less : t.uploads.more}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "down" : "up"} size={16} />
        </button>
        <button
          type="button"
          className="plain"
          aria-label={active ? t.uploads.cancelAll : t.close}
          title={active ? t.uploads.cancelAll : t.close}
          onClick={() => dropUploads(list.map((one) => one.id))}
        >
          <Icon name="close" size={16} />
        </button>
      </div>
      <Bar label={t.uploads.title} value={sent} total={total} tone={active ? "busy" : "good"} />
      {open && (
        <>
          {existing.length > 1 && (
            <div className="uploads-all">
              <span>{t.uploads.existing(number(existing.length))}</span>
              <Button size="xs" variant="default" onClick={() => retryUploads(existing.map((one) => one.id))}>
                {t.uploads.replaceAll}
              </Button>
            </div>
          )}
          <ul tabIndex={0} aria-label={t.uploads.title}>
            {shown.map((upload) => (
              <li key={upload.id}>
                <span className="upload-name" title={upload.path}>
                  {nameOf(upload.path)}
                </span>
                <Outcome upload={upload} share={percent(upload.file.size === 0 ? 0 : upload.sent / upload.file.size)} />
                {(upload.state === "exists" || upload.state === "failed") && (
                  <Button size="compact-xs" variant="default" onClick={() => retryUploads([upload.id])}>
                    {upload.state === "exists" ? t.uploads.replace : t.errors.again}
                  </Button>
                )}
                {upload.state !== "done" && (
                  <button
                    type="button"
                    className="plain"
                    aria-label={t.uploads.cancel(nameOf(upload.path))}
                    onClick={() => dropUploads([upload.id])}
                  >
                    <Icon name="close" size={14} />
                  </button>
                )}
              </li>
            ))}
          </ul>
          {list.length > shown.length && <p className="note">{t.uploads.notShown(number(list.length - shown.length))}</p>}
        </>
      )}
    </section>
  );
}

function Outcome({ upload, share }: { upload: PageUpload; share: string }) {
  const t = useTexts();
  const text = useProblemText();
  switch (upload.state) {
    case "waiting":
      return <span className="note">{t.uploads.waiting}</span>;
    case "sending":
      return <span className="note number">{upload.sent >= upload.file.size ? t.uploads.storing : share}</span>;
    case "done":
      return (
        <span className="upload-done">
          <Icon name="check" size={14} />
          <span className="hidden">{t.uploads.done}</span>
        </span>
      );
    case "exists":
      return <span className="upload-problem">{t.uploads.exists}</span>;
    case "failed":
      return <span className="upload-problem">{text(upload.problem)}</span>;
  }
}
