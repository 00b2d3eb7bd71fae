import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { get, post, type Remote, type RemoteTest, segment } from "../api";
import { useTexts } from "../language";
import { Empty, Facts, Loaded, Page, Problem, Section, Status, Table, Words } from "../parts";

export default function Remotes() {
  const t = useTexts();
  const [search] = useSearchParams();
  const name = search.get("name");
  const remotes = useQuery({
    queryKey: ["remotes"],
    queryFn: () => get<{ remotes: Remote[] }>("/remotes"),
    refetchInterval: 5000,
  });
  const chosen = remotes.data?.remotes.find((remote) => remote.name === name);
  return (
    <Page title={t.views.remotes}>
      <div className="stack">
        {chosen !== undefined && <Details key={chosen.name} remote={chosen} />}
        <section className="card" aria-label={t.views.remotes}>
          <Loaded query={remotes}>
            {(data) =>
              data.remotes.length === 0 ? (
                <Empty
                  title={t.remotes.none}
                  help={t.remotes.noneHelp}
                  command="slipway remote add NAME USER@HOST --folder /in"
                />
              ) : (
                <Table
                  label={t.views.remotes}
                  head={[t.remotes.name, t.remotes.address, t.remotes.authentication, t.remotes.folders, t.accounts.from]}
                >
                  {data.remotes.map((remote) => (
                    <tr key={remote.name} className={remote.name === name ? "chosen" : ""}>
                      <td>
                        <Link href={`/remotes?name=${segment(remote.name)}`}>{remote.name}</Link>
                      </td>
                      <td className="number">
                        {remote.user}@{remote.host}:{remote.port}
                      </td>
                      <td>{t.remotes.authentications[remote.authentication] ?? remote.authentication}</td>
                      <td className="path">
                        {remote.folders.length === 0 ? t.remotes.anywhere : remote.folders.join(", ")}
                      </td>
                      <td>{t.accounts.sources[remote.source] ?? remote.source}</td>
                    </tr>
                  ))}
                </Table>
              )
            }
          </Loaded>
        </section>
      </div>
    </Page>
  );
}

function Details({ remote }: { remote: Remote }) {
  const t = useTexts();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<RemoteTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => setResult(null), [remote.name]);
  const test = () => {
    setBusy(true);
    setError(null);
    setResult(null);
    post<RemoteTest>(`/remotes/${segment(remote.name)}/test`)
      .then(setResult, setError)
      .finally(() => setBusy(false));
  };
  return (
    <Section
      title={remote.name}
      note={
        <span className="actions">
          <Button size="xs" variant="default" loading={busy} onClick={test}>
            {t.remotes.test}
          </Button>
          <Link href="/remotes">{t.close}</Link>
        </span>
      }
    >
      <Facts
        facts={[
          [t.remotes.address, `${remote.host}:${remote.port}`],
          [t.remotes.user, remote.user],
          [t.remotes.authentication, t.remotes.authentications[remote.authentication] ?? remote.authentication],
          [t.remotes.folders, remote.folders.length === 0 ? t.remotes.anywhere : <Words words={remote.folders} />],
          [t.remotes.mode, remote.mode],
          [t.remotes.maxJobs, String(remote.maxJobs)],
          [t.remotes.hostKeys, <Words words={remote.hostKeys} />],
        ]}
      />
      <div aria-live="polite">
        {busy && <p className="note pad">{t.remotes.testing}</p>}
        {error !== null && <Problem error={error} />}
        {result !== null && (
          <>
            <p className="pad">
              <Status tone="good">{t.remotes.testOk}</Status>
            </p>
            <Facts
              facts={[
                [t.remotes.shell, result.shell ? t.remotes.yes : t.remotes.no],
                [t.remotes.programs, result.tools.length === 0 ? "–" : <Words words={result.tools} />],
                [t.remotes.extensions, result.extensions.length === 0 ? "–" : <Words words={result.extensions} />],
                [t.remotes.mode, `${result.auto}: ${result.reason}`],
              ]}
            />
          </>
        )}
      </div>
    </Section>
  );
}
