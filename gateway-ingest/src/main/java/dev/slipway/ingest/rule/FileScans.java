package dev.slipway.ingest.rule;

import dev.slipway.core.VfsException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Origin;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.ingest.scan.Clamd;
import dev.slipway.ingest.scan.ScanOutcome;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the step {@code scan} needs of a gateway. Thread-safe. */
public final class FileScans {
    private final Clamd clamd;
    private final Supplier<List<Account>> all;
    private final Function<String, Optional<Account>> accounts;
    private final Events events;
    private final InstantSource clock;

    /**
     * Scans with a clamd.
     *
     * @param clamd remains the caller's
     * @param all the accounts that are known; from memory
     * @param accounts finds an account; may block, and fails with an {@link IllegalStateException} if it cannot be read
     * @param events receives what came of each file
     */
    public FileScans(
            Clamd clamd,
            Supplier<List<Account>> all,
            Function<String, Optional<Account>> accounts,
            Events events,
            InstantSource clock) {
        this.clamd = clamd;
        this.all = all;
        this.accounts = accounts;
        this.events = events;
        this.clock = clock;
    }

    Clamd clamd() {
        return clamd;
    }

    private static Client client(StepRun run) {
        return new OwnWork(Origin.RULE, run.rule().name())
                .client(run.run().job().id());
    }

    /** Publishes what came of the file. */
    void scanned(StepRun run, ScanOutcome outcome) throws VfsException {
        events.publish(new GatewayEvent.Scanned(
                clock.instant(),
                run.request().account(),
                client(run),
                run.file(),
                outcome.result(),
                outcome.detail(),
                clamd.accepts(outcome)));
    }

    /** Publishes that the file is in the quarantine. */
    void quarantined(StepRun run, ObjectKey to, String signature) throws VfsException {
        events.publish(new GatewayEvent.Quarantined(
                clock.instant(),
                run.rule().name(),
                client(run),
                run.request().account(),
                run.file(),
                RuleFiles.path(to.bucket(), to.key()),
                signature));
    }

    /**
     * Finds an account that can see the quarantine, and either uploaded the file or can see it now. Administrators are
     * ignored.
     *
     * @throws IllegalStateException an account cannot be read at the moment
     */
    Optional<String> reader(StepRun run, ObjectKey quarantine) {
        ObjectKey file = new ObjectKey(run.progress().bucket(), run.progress().key());
        String uploader = run.request().account();
        Stream<Account> known = OwnWork.hasAccount(uploader) ? Stream.empty() : accounts.apply(uploader).stream();
        return Stream.concat(known, all.get().stream())
                .filter(account -> !account.has(AccountOption.ADMIN))
                .filter(account -> sees(account, quarantine))
                .filter(account -> account.name().equals(uploader) || sees(account, file))
                .map(Account::name)
                .findFirst();
    }

    private static boolean sees(Account account, ObjectKey object) {
        return account.mounts().stream()
                .anyMatch(mount ->
                        mount.bucket().equals(object.bucket()) && object.key().startsWith(mount.prefix()));
    }
}
