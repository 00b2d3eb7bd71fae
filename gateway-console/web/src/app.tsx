// The frame of all views, and the sign-in in front of it.
import { Burger, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { ApiProblem, onSignedOut, readSelf, type Self, signOut } from "./api";
import { Icon, type IconName } from "./icons";
import { type Texts, useLanguage } from "./language";
import { LiveProvider, useLive } from "./live";
import { useNotices } from "./notices";
import { Palette } from "./palette";
import { Boundary, NotFound, Problem } from "./parts";
import { SelfProvider } from "./self";
import { SignIn } from "./sign-in";
import { UploadPanel } from "./upload-panel";
import { dropAllUploads } from "./uploads";
import { Overview } from "./views/overview";

const Transfers = lazy(() => import("./views/transfers"));
const Push = lazy(() => import("./views/push"));
const Jobs = lazy(() => import("./views/jobs"));
const JobPage = lazy(() => import("./views/job"));
const Pulls = lazy(() => import("./views/pulls"));
const Watches = lazy(() => import("./views/watches"));
const Rules = lazy(() => import("./views/rules"));
const Archives = lazy(() => import("./views/archives"));
const Accounts = lazy(() => import("./views/accounts"));
const Remotes = lazy(() => import("./views/remotes"));
const Files = lazy(() => import("./views/files"));
const Me = lazy(() => import("./views/me"));
const OwnTransfers = lazy(() => import("./views/me").then(({ OwnTransfers: view }) => ({ default: view })));

interface View {
  path: string;
  name: keyof Texts["views"];
  icon: IconName;
}

const OPERATING: View[] = [
  { path: "/", name: "overview", icon: "overview" },
  { path: "/transfers", name: "transfers", icon: "transfers" },
  { path: "/push", name: "push", icon: "push" },
  { path: "/jobs", name: "jobs", icon: "jobs" },
  { path: "/pulls", name: "pulls", icon: "pulls" },
  { path: "/watches", name: "watches", icon: "watches" },
  { path: "/rules", name: "rules", icon: "rules" },
  { path: "/archives", name: "archives", icon: "archives" },
  { path: "/accounts", name: "accounts", icon: "accounts" },
  { path: "/remotes", name: "remotes", icon: "remotes" },
];

/** What an account has that does not operate the gateway. */
const OWN: View[] = [
  { path: "/files", name: "files", icon: "files" },
  { path: "/my-transfers", name: "transfers", icon: "transfers" },
  { path: "/me", name: "me", icon: "me" },
];

/** The views for somebody, in the order of the menu. */
export function viewsOf(self: Self): View[] {
  return self.role === null ? OWN : [...OPERATING, ...OWN.filter((view) => view.name !== "transfers")];
}

type State = { at: "start" } | { at: "failed"; error: unknown } | { at: "out"; ended: boolean } | { at: "in"; self: Self };

export function App() {
  const [state, setState] = useState<State>({ at: "start" });
  const queries = useQueryClient();
  const begin = useCallback(() => {
    readSelf().then(
      (self) => setState({ at: "in", self }),
      (error: unknown) =>
        setState(
          error instanceof ApiProblem && error.status === 401 ? { at: "out", ended: false } : { at: "failed", error },
        ),
    );
  }, []);
  useEffect(() => {
    onSignedOut(() => {
      // Nothing of what one account saw may be shown to the next.
      queries.clear();
      dropAllUploads();
      setState((now) => (now.at === "in" ? { at: "out", ended: true } : { at: "out", ended: false }));
    });
    begin();
  }, [begin, queries]);
  switch (state.at) {
    case "start":
      return null;
    case "failed":
      return (
        <main className="lonely">
          <Problem error={state.error} again={begin} />
        </main>
      );
    case "out":
      return <SignIn ended={state.ended} done={(self) => setState({ at: "in", self })} />;
    case "in":
      return (
        <SelfProvider value={state.self}>
          <LiveProvider watches={state.self.role !== null}>
            <Shell
              self={state.self}
              leave={async () => {
                await signOut();
                dropAllUploads();
                queries.clear();
                setState({ at: "out", ended: false });
              }}
            />
          </LiveProvider>
        </SelfProvider>
      );
  }
}

function Shell({ self, leave }: { self: Self; leave: () => Promise<void> }) {
  const { texts: t } = useLanguage();
  const { lost } = useLive();
  const [path] = useLocation();
  const [open, setOpen] = useState(false);
  const [palette, setPalette] = useState(false);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette((shown) => !shown);
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t.skip}
      </a>
      <header className="bar-top">
        <Burger opened={open} onClick={() => setOpen(!open)} size="sm" aria-label={t.menu} aria-expanded={open} />
        <Brand />
        <button type="button" className="plain" onClick={() => setPalette(true)} aria-label={t.search}>
          <Icon name="search" />
        </button>
      </header>
      <nav className={open ? "side open" : "side"} aria-label={t.menu}>
        <Brand />
        <button type="button" className="find" onClick={() => setPalette(true)}>
          <Icon name="search" size={16} />
          <span>{t.search}</span>
          <kbd>{navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <ul>
          {viewsOf(self).map((view) => (
            <li key={view.path}>
              <NavLink path={view.path} here={isHere(path, view.path)}>
                <Icon name={view.icon} />
                {t.views[view.name]}
              </NavLink>
            </li>
          ))}
        </ul>
        <Foot self={self} leave={leave} />
      </nav>
      <main id="content" tabIndex={-1}>
        {lost && (
          <div className="lost" role="alert">
            <Icon name="warning" />
            {t.lost}
          </div>
        )}
        <Boundary key={path}>
          <Suspense fallback={null}>
            {self.role === null ? <OwnViews /> : <AllViews />}
          </Suspense>
        </Boundary>
      </main>
      <UploadPanel />
      {palette && <Palette close={() => setPalette(false)} />}
    </div>
  );
}

function OwnViews() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/files" replace />
      </Route>
      <Route path="/files" component={Files} />
      <Route path="/my-transfers" component={OwnTransfers} />
      <Route path="/me" component={Me} />
      <Route component={NotFound} />
    </Switch>
  );
}

function AllViews() {
  return (
    <Switch>
      <Route path="/" component={Overview} />
      <Route path="/transfers" component={Transfers} />
      <Route path="/push" component={Push} />
      <Route path="/jobs" component={Jobs} />
      <Route path="/jobs/:id">{(params) => <JobPage id={params.id} />}</Route>
      <Route path="/pulls" component={Pulls} />
      <Route path="/watches" component={Watches} />
      <Route path="/rules" component={Rules} />
      <Route path="/archives" component={Archives} />
      <Route path="/accounts" component={Accounts} />
      <Route path="/remotes" component={Remotes} />
      <Route path="/files" component={Files} />
      <Route path="/me" component={Me} />
      <Route component={NotFound} />
    </Switch>
  );
}

function isHere(path: string, view: string): boolean {
  return view === "/" ? path === "/" : path === view || path.startsWith(`${view}/`);
}

function NavLink({ path, here, children }: { path: string; here: boolean; children: ReactNode }) {
  return (
    <Link href={path} className={here ? "here" : ""} {...(here ? { "aria-current": "page" as const } : {})}>
      {children}
    </Link>
  );
}

export function Brand() {
  return (
    <span className="brand">
      <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
        <rect className="brand-back" width="32" height="32" rx="7" />
        <path className="brand-deck" d="M6 21.500 26 12v4.600L6 26z" />
        <path className="brand-sail" d="M9 15.500 21 9.800v3.400L9 18.900z" />
      </svg>
      Slipway
    </span>
  );
}

export function Choices() {
  const { texts: t, language, choose } = useLanguage();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return (
    <div className="choices">
      <button
        type="button"
        className="plain"
        aria-label={scheme === "dark" ? t.toLight : t.toDark}
        onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
      >
        <Icon name={scheme === "dark" ? "sun" : "moon"} />
      </button>
      <button
        type="button"
        className="plain language"
        lang={language === "en" ? "de" : "en"}
        aria-label={language === "en" ? "DE – Deutsch" : "EN – English"}
        onClick={() => choose(language === "en" ? "de" : "en")}
      >
        {language === "en" ? "DE" : "EN"}
      </button>
    </div>
  );
}

function Foot({ self, leave }: { self: Self; leave: () => Promise<void> }) {
  const { texts: t } = useLanguage();
  const notices = useNotices();
  return (
    <div className="foot">
      <span className="me" title={self.name}>
        {self.name}
      </span>
      <Choices />
      <button
        type="button"
        className="plain"
        aria-label={t.signOut}
        title={t.signOut}
        onClick={() => void leave().catch(notices.failed)}
      >
        <Icon name="leave" />
      </button>
    </div>
  );
}
