import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type Self, signIn } from "./api";
import { Brand, Choices } from "./app";
import { Icon } from "./icons";
import { useTexts } from "./language";
import { useProblemText } from "./notices";

export function SignIn({ ended, done }: { ended: boolean; done: (self: Self) => void }) {
  const t = useTexts();
  const problemText = useProblemText();
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const passwordField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = t.signIn.title;
  }, [t]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    signIn(account, password).then(done, (error: unknown) => {
      setProblem(problemText(error));
      setPassword("");
      setBusy(false);
      passwordField.current?.focus();
    });
  };
  return (
    <main className="sign-in">
      <div className="sign-in-head">
        <Brand />
        <Choices />
      </div>
      <div className="card">
        <h1>{t.signIn.title}</h1>
        {ended && problem === null && (
          <div className="problem calm" role="status">
            <Icon name="warning" />
            <p>{t.signIn.ended}</p>
          </div>
        )}
        {problem !== null && (
          <div className="problem" role="alert">
            <Icon name="warning" />
            <p>{problem}</p>
          </div>
        )}
        <form onSubmit={submit}>
          <TextInput
            label={t.signIn.account}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            autoFocus
            value={account}
            onChange={(event) => setAccount(event.currentTarget.value)}
          />
          <PasswordInput
            ref={passwordField}
            label={t.signIn.password}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" fullWidth loading={busy}>
            {t.signIn.button}
          </Button>
        </form>
      </div>
      <div className="sign-in-help">
        <p>{t.signIn.help}</p>
        <pre tabIndex={0}>
          <code>slipway account add NAME --option admin</code>
        </pre>
      </div>
    </main>
  );
}
