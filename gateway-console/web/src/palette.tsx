// Jumps to a view, an account, a remote or a job by its name.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { type Account, get, type Job, type Remote, segment } from "./api";
import { viewsOf } from "./app";
import { useTexts } from "./language";
import { useSelf } from "./self";

const MOST = 12;

interface Target {
  name: string;
  kind: string;
  path: string;
}

export function Palette({ close }: { close: () => void }) {
  const t = useTexts();
  const self = useSelf();
  const enabled = self.role !== null;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const accounts = useQuery({
    queryKey: ["accounts"],
    queryFn: () => get<{ accounts: Account[] }>("/accounts"),
    retry: false,
    enabled,
  });
  const remotes = useQuery({
    queryKey: ["remotes"],
    queryFn: () => get<{ remotes: Remote[] }>("/remotes"),
    retry: false,
    enabled,
  });
  const jobs = useQuery({
    queryKey: ["jobs", "palette"],
    queryFn: () => get<{ jobs: Job[] }>("/jobs?limit=200"),
    retry: false,
    enabled,
  });
  useEffect(() => dialog.current?.showModal(), []);

  const targets: Target[] = [
    ...viewsOf(self).map((view) => ({ name: t.views[view.name], kind: "", path: view.path })),
    ...(accounts.data?.accounts ?? []).map((account) => ({
      name: account.name,
      kind: t.accounts.name,
      path: `/accounts?name=${segment(account.name)}`,
    })),
    ...(remotes.data?.remotes ?? []).map((remote) => ({
      name: remote.name,
      kind: t.remotes.name,
      path: `/remotes?name=${segment(remote.name)}`,
    })),
    ...(jobs.data?.jobs ?? []).map((job) => ({
      name: `${job.source} → ${job.destination}`,
      kind: t.jobs.states[job.state] ?? job.state,
      path: `/jobs/${segment(job.id)}`,
    })),
  ];
  const words = text.toLowerCase().split(/\s+/);
  const found = targets
    .filter((target) => words.every((word) => `${target.name} ${target.kind} ${target.path}`.toLowerCase().includes(word)))
    .slice(0, MOST);
  const open = (target: Target | undefined) => {
    if (target !== undefined) {
      close();
      go(target.path);
    }
  };
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label={t.search}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label={t.search}
        placeholder={t.searchHint}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            setChosen((now) => (found.length === 0 ? 0 : (now + step + found.length) % found.length));
          } else if (event.key === "Enter") {
            open(found[chosen]);
          }
        }}
      />
      <ul role="listbox" id={`${id}-list`} aria-label={t.search}>
        {found.map((target, index) => (
          <li
            key={`${target.path} ${target.name}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => open(target)}
            onPointerMove={() => setChosen(index)}
          >
            <span className="target">{target.name}</span>
            <span className="kind">{target.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="kind none">{t.nothingFound}</p>}
    </dialog>
  );
}
