// The account that has signed in: what it transfers, over every protocol, and its password.
import { Button, PasswordInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { get, put, type TransferList } from "../api";
import { useTexts } from "../language";
import { useNotices, useProblemText } from "../notices";
import { Empty, Loaded, Page, Section } from "../parts";
import { useSelf } from "../self";
import { FailureTable } from "./overview";
import { Completed } from "./transfers";
import { TransferTable } from "./transfer-table";

export function OwnTransfers() {
  const t = useTexts();
  const list = useQuery({
    queryKey: ["own-transfers"],
    queryFn: () => get<TransferList>("/self/transfers"),
    refetchInterval: 2000,
  });
  return (
    <Page title={t.views.transfers}>
      <div className="stack">
        <Section title={t.transfers.inFlight}>
          <Loaded query={list}>
            {(data) =>
              data.transfers.length === 0 ? (
                <Empty title={t.transfers.none} help={t.me.noneHelp} />
              ) : (
                <TransferTable transfers={data.transfers} />
              )
            }
          </Loaded>
        </Section>
        <Section title={t.transfers.failures}>
          <Loaded query={list}>
            {(data) =>
              data.failures.length === 0 ? (
                <Empty title={t.overview.noFailures} />
              ) : (
                <FailureTable failures={data.failures} />
              )
            }
          </Loaded>
        </Section>
        <Section title={t.transfers.completed}>
          <Loaded query={list}>{(data) => <Completed completed={data.completed} />}</Loaded>
        </Section>
      </div>
    </Page>
  );
}

export default function Me() {
  const t = useTexts();
  const self = useSelf();
  const notices = useNotices();
  const problemText = useProblemText();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const differs = again !== "" && again !== password;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    void put<void>("/self/password", { current, password })
      .then(
        async () => {
          notices.done(t.me.changed);
          // All logins have ended with the old password; this leads to the sign-in page.
          await get("/self").catch(() => {});
        },
        (error: unknown) => setProblem(problemText(error)),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Page title={t.views.me}>
      <section className="card narrow" aria-label={t.me.password}>
        <form className="form" onSubmit={submit}>
          <h2>{t.me.password}</h2>
          <p className="note">{t.me.passwordHelp}</p>
          {problem !== null && (
            <div className="problem inner" role="alert">
              <p>{problem}</p>
            </div>
          )}
          <input type="text" name="username" autoComplete="username" value={self.name} readOnly hidden />
          <PasswordInput
            label={t.me.current}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t.me.new}
            autoComplete="new-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={t.me.again}
            autoComplete="new-password"
            required
            withAsterisk={false}
            value={again}
            error={differs ? t.me.differs : undefined}
            onChange={(event) => setAgain(event.currentTarget.value)}
          />
          <div className="actions">
            <Button type="submit" loading={busy} disabled={current === "" || password === "" || again !== password}>
              {t.me.button}
            </Button>
          </div>
        </form>
      </section>
    </Page>
  );
}
