// Sends an object to a remote server.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { ApiProblem, get, type Job, post, type Remote, segment, type Space } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { useNotices, useProblemText } from "../notices";
import { Bar, Empty, Loaded, Page } from "../parts";

export default function Push() {
  const t = useTexts();
  const remotes = useQuery({ queryKey: ["remotes"], queryFn: () => get<{ remotes: Remote[] }>("/remotes") });
  return (
    <Page title={t.views.push}>
      <section className="card narrow" aria-label={t.views.push}>
        <Loaded query={remotes}>
          {(data) =>
            data.remotes.length === 0 ? (
              <Empty
                title={t.push.noRemotes}
                help={t.push.noRemotesHelp}
                command="slipway remote add NAME USER@HOST --folder /in"
              />
            ) : (
              <Order remotes={data.remotes} />
            )
          }
        </Loaded>
      </section>
    </Page>
  );
}

function Order({ remotes }: { remotes: Remote[] }) {
  const t = useTexts();
  const notices = useNotices();
  const problemText = useProblemText();
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const [source, setSource] = useState(search.get("source") ?? "");
  const [name, setName] = useState(search.get("remote") ?? remotes[0]!.name);
  const remote = remotes.find((one) => one.name === name) ?? remotes[0]!;
  const [folder, setFolder] = useState<string | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const path = folder ?? `${remote.folders[0] ?? ""}/`.replace(/\/+$/, "/");
  const send = (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    if (source.trim() === "") found.source = t.push.needed;
    if (path.trim() === "") found.destination = t.push.needed;
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    post<Job>("/pushes", { source: source.trim(), destination: `${remote.name}:${path.trim()}` }).then(
      (job) => {
        notices.done(t.push.submitted);
        go(`/jobs/${segment(job.id)}`);
      },
      (error: unknown) => {
        setBusy(false);
        if (error instanceof ApiProblem && error.errors.length > 0) {
          setErrors(Object.fromEntries(error.errors.map((one) => [one.field, `${one.detail}: ${one.expected}`])));
        } else {
          setErrors({ destination: problemText(error) });
        }
      },
    );
  };
  return (
    <form className="form" onSubmit={send} noValidate>
      <p className="note">{t.push.intro}</p>
      <TextInput
        label={t.push.source}
        description={t.push.sourceHelp}
        error={errors.source}
        value={source}
        spellCheck={false}
        autoFocus
        onChange={(event) => setSource(event.currentTarget.value)}
      />
      <NativeSelect
        label={t.push.remote}
        data={remotes.map((one) => one.name)}
        value={remote.name}
        onChange={(event) => {
          setName(event.currentTarget.value);
          setFolder(null);
        }}
      />
      <TextInput
        label={t.push.folder}
        description={t.push.folderHelp}
        error={errors.destination}
        value={path}
        spellCheck={false}
        onChange={(event) => setFolder(event.currentTarget.value)}
      />
      <FreeSpace remote={remote.name} />
      <div className="actions">
        <Button type="submit" loading={busy}>
          {t.push.send}
        </Button>
      </div>
    </form>
  );
}

function FreeSpace({ remote }: { remote: string }) {
  const t = useTexts();
  const { bytes } = useFormat();
  const space = useQuery({
    queryKey: ["space", remote],
    queryFn: () => get<Space>(`/remotes/${segment(remote)}/space`),
    retry: false,
  });
  return (
    <div className="space" aria-live="polite">
      <span className="label">{t.push.space}</span>
      {space.data !== undefined ? (
        <>
          <span className="note">{t.push.spaceOf(bytes(space.data.available), bytes(space.data.total))}</span>
          <Bar
            label={t.push.space}
            value={space.data.total - space.data.available}
            total={space.data.total}
            tone={space.data.available < space.data.total / 20 ? "wait" : "busy"}
          />
        </>
      ) : (
        <span className="note">
          {space.error ? (space.error instanceof ApiProblem && space.error.message) || t.push.noSpace : t.loading}
        </span>
      )}
    </div>
  );
}
