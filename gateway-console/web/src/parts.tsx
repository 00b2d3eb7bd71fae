// What several views are made of.
import { Button, Modal, Skeleton } from "@mantine/core";
import { Component, type ReactNode, useEffect, useId, useState } from "react";
import { Link } from "wouter";
import type { JobState } from "./api";
import { useFormat } from "./format";
import { Icon } from "./icons";
import { useTexts } from "./language";
import { useProblemText } from "./notices";

export function Page({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} – Slipway`;
  }, [title]);
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

export function Section({
  title,
  note,
  children,
  anchor,
  className = "",
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
  /** Its name in the part of an address after `#`. */
  anchor?: string;
  className?: string;
}) {
  const id = useId();
  return (
    <section id={anchor} className={`card ${className}`} aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <div className="note">{note}</div>}
      </div>
      {children}
    </section>
  );
}

/** Says what would be here, and how to get it. */
export function Empty({ title, help, command }: { title: string; help?: string; command?: string }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {help !== undefined && <p>{help}</p>}
      {command !== undefined && (
        <pre tabIndex={0}>
          <code>{command}</code>
        </pre>
      )}
    </div>
  );
}

export function Problem({ error, again }: { error: unknown; again?: () => void }) {
  const t = useTexts();
  const text = useProblemText();
  return (
    <div className="problem" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{t.errors.title}</strong>
        <p>{text(error)}</p>
        {again !== undefined && (
          <Button size="xs" variant="default" onClick={again}>
            {t.errors.again}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Keeps the rest of the page if a view cannot be drawn, for example because its file could not be fetched. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const t = useTexts();
  return (
    <div className="problem" role="alert">
      <Icon name="warning" />
      <div>
        <p>{t.errors.view}</p>
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t.errors.reload}
        </Button>
      </div>
    </div>
  );
}

interface Answer<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** Shows what was loaded, that it is loading, or why it could not be. What was loaded before stays, below the reason. */
export function Loaded<T>({ query, children }: { query: Answer<T>; children: (data: T) => ReactNode }) {
  const t = useTexts();
  const problem = query.error ? <Problem error={query.error} again={() => void query.refetch()} /> : null;
  if (query.data !== undefined) {
    return (
      <>
        {problem}
        {children(query.data)}
      </>
    );
  }
  if (problem !== null) return problem;
  return (
    <div className="loading" aria-busy="true">
      <span className="hidden">{t.loading}</span>
      <Skeleton height={14} radius="sm" />
      <Skeleton height={14} radius="sm" width="80%" />
      <Skeleton height={14} radius="sm" width="60%" />
    </div>
  );
}

/** A table that scrolls sideways on its own, and can be scrolled with the keyboard. */
export function Table({ label, head, children }: { label: string; head: ReactNode[]; children: ReactNode }) {
  return (
    <div className="table" tabIndex={0} role="group" aria-label={label}>
      <table>
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th key={index} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export type Tone = "good" | "bad" | "busy" | "wait" | "idle";

export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`status ${tone}`}>
      <span className="dot" aria-hidden="true" />
      {children}
    </span>
  );
}

const TONES: Record<JobState, Tone> = {
  queued: "idle",
  running: "busy",
  retrying: "wait",
  "waiting-for-space": "wait",
  paused: "wait",
  succeeded: "good",
  failed: "bad",
  cancelled: "idle",
};

export function JobStatus({ state }: { state: JobState }) {
  const t = useTexts();
  return <Status tone={TONES[state]}>{t.jobs.states[state] ?? state}</Status>;
}

export function Bar({ label, value, total, tone = "busy" }: { label: string; value: number; total: number; tone?: Tone }) {
  const share = total > 0 ? Math.min(1, value / total) : 0;
  const { percent } = useFormat();
  return (
    <div
      className={`bar ${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={percent(share)}
    >
      <svg width="100%" height="6" aria-hidden="true" preserveAspectRatio="none">
        <rect className="track" width="100%" height="6" rx="3" />
        <rect className="fill" width={`${share * 100}%`} height="6" rx="3" />
      </svg>
    </div>
  );
}

/** A time, and how long ago it was. */
export function Ago({ at }: { at: string | null | undefined }) {
  const { ago, time } = useFormat();
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return <>–</>;
  return (
    <time dateTime={at} title={time(at)}>
      {ago(at)}
    </time>
  );
}

export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Words({ words }: { words: string[] }) {
  return (
    <span className="words">
      {words.map((word) => (
        <span key={word} className="word">
          {word}
        </span>
      ))}
    </span>
  );
}

/** A button for something that cannot be undone: asks first. */
export function Asking({
  label,
  question,
  text,
  run,
  small = true,
}: {
  label: string;
  question: string;
  text: string;
  run: () => Promise<unknown>;
  small?: boolean;
}) {
  const t = useTexts();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  return (
    <>
      <Button size={small ? "xs" : "sm"} variant="default" className="danger" onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={question}
        centered
        lockScroll={false}
        closeButtonProps={{ "aria-label": t.close }}
        transitionProps={{ duration: 0 }}
      >
        <p className="question">{text}</p>
        <div className="actions end">
          <Button variant="default" onClick={() => setOpen(false)} data-autofocus>
            {t.cancel}
          </Button>
          <Button
            color="red"
            loading={busy}
            onClick={() => {
              setBusy(true);
              void run().finally(() => {
                setBusy(false);
                setOpen(false);
              });
            }}
          >
            {label}
          </Button>
        </div>
      </Modal>
    </>
  );
}

export function NotFound() {
  const t = useTexts();
  return (
    <Page title={t.notFound}>
      <Link href="/">{t.toStart}</Link>
    </Page>
  );
}
