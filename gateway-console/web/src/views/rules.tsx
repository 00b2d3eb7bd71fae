// What happens to files that came in, and what would happen to one.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Account, ApiProblem, get, post, type Rule, type RuleTestAnswer } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { useProblemText } from "../notices";
import { Empty, Loaded, Page, Section, Table, Words } from "../parts";

const EXAMPLE = `rules:
  - name: invoices
    paths: ["/in/**/*.zip"]
    steps:
      - action: decompress
        to: "unpacked/{stem}"`;

const ORIGINS = ["sftp", "ftps", "pull", "watch"];

export default function Rules() {
  const t = useTexts();
  const rules = useQuery({ queryKey: ["rules"], queryFn: () => get<{ rules: Rule[] }>("/rules") });
  const none = rules.data?.rules.length === 0;
  return (
    <Page title={t.views.rules}>
      <div className="stack">
        <Section title={t.views.rules} note={none ? undefined : t.rules.order}>
          <Loaded query={rules}>
            {(data) =>
              data.rules.length === 0 ? (
                <Empty title={t.rules.none} help={t.rules.noneHelp} command={EXAMPLE} />
              ) : (
                <Table label={t.views.rules} head={[t.rules.name, t.rules.files, t.rules.steps]}>
                  {data.rules.map((rule) => (
                    <tr key={rule.name}>
                      <td className="tight">
                        <strong>{rule.name}</strong>
                      </td>
                      <td className="path">
                        <Files rule={rule} />
                      </td>
                      <td>
                        <ol className="steps">
                          {rule.steps.map((step, index) => (
                            <li key={index}>{t.rules.actions[step] ?? step}</li>
                          ))}
                        </ol>
                      </td>
                    </tr>
                  ))}
                </Table>
              )
            }
          </Loaded>
        </Section>
        {rules.data !== undefined && !none && <Try />}
      </div>
    </Page>
  );
}

/** Which files a rule is for. */
function Files({ rule }: { rule: Rule }) {
  const t = useTexts();
  const { bytes } = useFormat();
  const limits = [
    rule.accounts.length > 0 && t.rules.accounts(rule.accounts.join(", ")),
    rule.origins.length > 0 && t.rules.by(rule.origins.map((one) => t.origins[one] ?? one).join(", ")),
    rule.contentTypes.length > 0 && t.rules.types(rule.contentTypes.join(", ")),
    rule.tags.length > 0 && t.rules.tagged(rule.tags.join(", ")),
    rule.minimumSize !== null && t.rules.atLeast(bytes(rule.minimumSize)),
    rule.maximumSize !== null && t.rules.atMost(bytes(rule.maximumSize)),
  ].filter(Boolean);
  return (
    <>
      {rule.paths.length === 0 ? t.rules.anyFile : <Words words={rule.paths} />}
      {limits.length > 0 && <span className="note under">{limits.join(" · ")}</span>}
    </>
  );
}

function Try() {
  const t = useTexts();
  const problemText = useProblemText();
  const accounts = useQuery({
    queryKey: ["accounts"],
    queryFn: () => get<{ accounts: Account[] }>("/accounts"),
    retry: false,
  });
  const [path, setPath] = useState("");
  const [account, setAccount] = useState("");
  const [origin, setOrigin] = useState("sftp");
  const [size, setSize] = useState("");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [answer, setAnswer] = useState<RuleTestAnswer | null>(null);
  const [busy, setBusy] = useState(false);
  const test = (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    if (path.trim() === "") found.path = t.push.needed;
    if (!/^\d{0,15}$/.test(size.trim())) found.size = t.rules.sizeWrong;
    setErrors(found);
    setAnswer(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    post<RuleTestAnswer>("/rules/test", {
      path: path.trim(),
      origin,
      ...(account === "" ? {} : { account }),
      ...(size.trim() === "" ? {} : { size: Number(size) }),
    })
      .then(setAnswer, (error: unknown) =>
        setErrors(
          error instanceof ApiProblem && error.errors.length > 0
            ? Object.fromEntries(error.errors.map((one) => [one.field, `${one.detail}: ${one.expected}`]))
            : { path: problemText(error) },
        ),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Section title={t.rules.tryTitle} note={t.rules.tryHelp}>
      <form className="form row" onSubmit={test} noValidate>
        <TextInput
          className="grow"
          label={t.rules.path}
          description={t.rules.pathHelp}
          error={errors.path}
          value={path}
          spellCheck={false}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <NativeSelect
          label={t.rules.account}
          error={errors.account}
          data={[{ value: "", label: "–" }, ...(accounts.data?.accounts ?? []).map((one) => one.name)]}
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
        <NativeSelect
          label={t.rules.origin}
          error={errors.origin}
          data={ORIGINS.map((one) => ({ value: one, label: t.origins[one] ?? one }))}
          value={origin}
          onChange={(event) => setOrigin(event.currentTarget.value)}
        />
        <TextInput
          label={t.rules.size}
          error={errors.size}
          value={size}
          inputMode="numeric"
          onChange={(event) => setSize(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy}>
          {t.rules.test}
        </Button>
      </form>
      <div className="answer" aria-live="polite">
        {answer !== null && (
          <>
            <p>{answer.rule === null ? t.rules.notTaken : t.rules.taken(answer.rule)}</p>
            <ol className="steps">
              {answer.steps.map((step, index) => (
                <li key={index}>{step}</li>
              ))}
            </ol>
          </>
        )}
      </div>
    </Section>
  );
}
