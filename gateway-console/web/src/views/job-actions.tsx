import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Job, type JobState, post, segment } from "../api";
import { useTexts } from "../language";
import { useNotices } from "../notices";
import { Asking } from "../parts";

type Action = "cancel" | "pause" | "resume" | "retry";

const ENDS: JobState[] = ["succeeded", "failed", "cancelled"];

export const isOver = (state: JobState) => ENDS.includes(state);

/** What can be done with a job in its state. */
export function JobActions({ job }: { job: Job }) {
  const t = useTexts();
  const notices = useNotices();
  const queries = useQueryClient();
  const [busy, setBusy] = useState<Action | null>(null);
  const run = (action: Action) => {
    setBusy(action);
    return post<Job>(`/jobs/${segment(job.id)}/${action}`)
      .then(() => notices.done(t.jobs.done[action]), notices.failed)
      .finally(() => {
        setBusy(null);
        void queries.invalidateQueries({ queryKey: ["jobs"] });
        void queries.invalidateQueries({ queryKey: ["job", job.id] });
      });
  };
  const over = isOver(job.state);
  const button = (action: "pause" | "resume" | "retry") => (
    <Button size="xs" variant="default" loading={busy === action} onClick={() => void run(action)}>
      {action === "retry" && !over ? t.jobs.retryNow : t.jobs[action]}
    </Button>
  );
  return (
    <>
      {job.state === "paused" && button("resume")}
      {!over && job.state !== "paused" && button("pause")}
      {(job.state === "failed" || job.state === "cancelled" || job.state === "waiting-for-space" || job.state === "retrying") && button("retry")}
      {!over && (
        <Asking
          label={t.jobs.cancelJob}
          question={t.jobs.cancelQuestion}
          text={t.jobs.cancelText}
          run={() => run("cancel")}
        />
      )}
    </>
  );
}
