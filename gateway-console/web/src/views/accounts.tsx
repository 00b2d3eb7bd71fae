import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { type Account, get, type Quota, segment } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { Bar, Empty, Facts, Loaded, Page, Section, Status, Table, type Tone, Words } from "../parts";

/** A table with many thousand rows would make the page slow. */
const MOST = 500;
const TONES: Record<string, Tone> = { enabled: "good", disabled: "bad", expired: "wait" };

export default function Accounts() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const name = search.get("name");
  const text = search.get("find") ?? "";
  const accounts = useQuery({
    queryKey: ["accounts"],
    queryFn: () => get<{ accounts: Account[] }>("/accounts"),
    refetchInterval: 5000,
  });
  const quotas = useQuery({
    queryKey: ["quotas"],
    queryFn: () => get<{ quotas: Quota[] }>("/quotas"),
    refetchInterval: 10_000,
  });
  const quota = (account: string) => quotas.data?.quotas.find((one) => one.account === account);
  const matching = (all: Account[]) => all.filter((account) => account.name.toLowerCase().includes(text.toLowerCase()));
  const chosen = accounts.data?.accounts.find((account) => account.name === name);
  return (
    <Page title={t.views.accounts}>
      <div className="stack">
        {chosen !== undefined && <Details account={chosen} quota={quota(chosen.name)} />}
        <section className="card" aria-label={t.views.accounts}>
          <Loaded query={accounts}>
            {(data) =>
              data.accounts.length === 0 ? (
                <Empty
                  title={t.accounts.none}
                  help={t.accounts.noneHelp}
                  command="slipway account add NAME --mount /=BUCKET/PREFIX/"
                />
              ) : (
                <>
                  {data.accounts.length > 10 && (
                    <TextInput
                      className="find-field"
                      aria-label={t.accounts.find}
                      placeholder={t.accounts.find}
                      value={text}
                      onChange={(event) => {
                        const next = event.currentTarget.value;
                        setSearch(next === "" ? {} : { find: next }, { replace: true });
                      }}
                    />
                  )}
                  <Table
                    label={t.views.accounts}
                    head={[t.accounts.name, t.accounts.state, t.accounts.login, t.accounts.usage, t.accounts.from]}
                  >
                    {matching(data.accounts)
                      .slice(0, MOST)
                      .map((account) => (
                        <tr key={account.name} className={account.name === name ? "chosen" : ""}>
                          <td>
                            <Link href={`/accounts?name=${segment(account.name)}`}>{account.name}</Link>
                            {account.options.length > 0 && (
                              <span className="note under">{account.options.join(", ")}</span>
                            )}
                          </td>
                          <td>
                            <Status tone={TONES[account.state] ?? "idle"}>
                              {t.accounts.states[account.state] ?? account.state}
                            </Status>
                          </td>
                          <td>
                            <Login account={account} />
                          </td>
                          <td>
                            <Usage quota={quota(account.name)} />
                          </td>
                          <td>{t.accounts.sources[account.source] ?? account.source}</td>
                        </tr>
                      ))}
                  </Table>
                  {matching(data.accounts).length > MOST && <p className="note pad">{t.accounts.first(MOST)}</p>}
                </>
              )
            }
          </Loaded>
        </section>
      </div>
    </Page>
  );
}

function Login({ account }: { account: Account }) {
  const t = useTexts();
  const ways = [
    account.password && t.accounts.withPassword,
    account.keys.length > 0 && t.accounts.keys(account.keys.length),
  ].filter(Boolean);
  return <>{ways.length === 0 ? t.accounts.noLogin : ways.join(", ")}</>;
}

function Usage({ quota }: { quota: Quota | undefined }) {
  const t = useTexts();
  const { bytes, number } = useFormat();
  if (quota === undefined) return <>–</>;
  return (
    <>
      <span className="number">
        {quota.quotaBytes === null ? bytes(quota.bytes) : t.accounts.usageOf(bytes(quota.bytes), bytes(quota.quotaBytes))}
      </span>
      {quota.quotaBytes !== null && (
        <Bar
          label={`${t.accounts.usage} ${quota.account}`}
          value={quota.bytes}
          total={quota.quotaBytes}
          tone={quota.bytes > quota.quotaBytes * 0.9 ? "wait" : "busy"}
        />
      )}
      <span className="note under">{t.accounts.files(number(quota.files))}</span>
    </>
  );
}

function Details({ account, quota }: { account: Account; quota: Quota | undefined }) {
  const t = useTexts();
  const { time } = useFormat();
  return (
    <Section
      title={account.name}
      note={
        <span className="actions">
          {account.source === "configuration" && <span className="note">{t.accounts.sourceHelp}</span>}
          <Link href="/accounts">{t.close}</Link>
        </span>
      }
    >
      <Facts
        facts={[
          [t.accounts.state, t.accounts.states[account.state] ?? account.state],
          [t.accounts.protocols, <Words words={account.protocols.map((one) => t.origins[one] ?? one)} />],
          [t.accounts.login, <Login account={account} />],
          [t.accounts.expires, account.expires === null ? t.accounts.never : time(account.expires)],
          [t.accounts.networks, account.networks.length === 0 ? t.accounts.anywhere : <Words words={account.networks} />],
          [t.accounts.permissions, <Words words={account.permissions} />],
          [t.accounts.options, account.options.length === 0 ? "–" : <Words words={account.options} />],
          [t.accounts.usage, <Usage quota={quota} />],
        ]}
      />
      <Table label={t.accounts.mounts} head={[t.accounts.mounts, "S3", t.accounts.permissions]}>
        {account.mounts.map((mount) => (
          <tr key={mount.path}>
            <td className="path">{mount.path}</td>
            <td className="path">
              {mount.bucket}:{mount.prefix}
            </td>
            <td>{mount.readOnly ? t.accounts.readOnly : "–"}</td>
          </tr>
        ))}
      </Table>
      {account.keys.length > 0 && (
        <ul className="keys">
          {account.keys.map((key) => (
            <li key={key.fingerprint}>
              <code>{key.fingerprint}</code> <span className="note">{`${key.type} ${key.comment}`}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
