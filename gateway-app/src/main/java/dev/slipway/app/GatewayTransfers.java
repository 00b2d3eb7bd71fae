package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.account.Account;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.ObjectTags;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.mail.MailSender;
import dev.slipway.ingest.openpgp.OpenPgpKeys;
import dev.slipway.ingest.rule.ArchiveFolder;
import dev.slipway.ingest.rule.FileScans;
import dev.slipway.ingest.rule.RuleKind;
import dev.slipway.ingest.rule.RuleOutbox;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.amqp.AmqpBroker;
import dev.slipway.transfer.amqp.AmqpOrders;
import dev.slipway.transfer.amqp.OrderRules;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.outcome.Outcomes;
import dev.slipway.transfer.outcome.WebhookSender;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.SecretBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The jobs of a gateway, the receivers of their outcomes, and the broker for orders, according to the settings. */
final class GatewayTransfers implements AutoCloseable {
    private final Transfers transfers;
    private final Outcomes outcomes;
    private final WebhookSender webhooks;
    private final Optional<MailSender> mail;
    private final Clock clock;
    private final @Nullable AmqpOrders orders;

    /**
     * Does not start anything yet.
     *
     * @param outcomes remains the caller's, who closes it after this
     * @param accounts finds accounts that may currently log in
     * @throws ConfigurationException a file named in the settings cannot be read or is invalid
     * @throws IOException the key for secrets cannot be read or created
     */
    GatewayTransfers(
            GatewaySettings settings,
            StateDatabase database,
            ObjectSources store,
            Outcomes outcomes,
            Function<String, Optional<Account>> accounts,
            Clock clock)
            throws ConfigurationException, IOException {
        Optional<AmqpBroker> amqp = OutcomeSettings.amqp(settings);
        SecretBox secrets = RemoteSettings.secrets(settings);
        transfers = new Transfers(
                database,
                store,
                RemoteSettings.open(settings, database, secrets),
                secrets,
                settings.transfer().pushes(),
                settings.transfer().jobs(),
                settings.amqp()::limit,
                accounts,
                clock);
        this.outcomes = outcomes;
        this.clock = clock;
        this.mail = mail(settings, clock);
        webhooks = new WebhookSender(clock);
        orders = amqp.map(broker -> new AmqpOrders(
                        broker,
                        transfers.pushes(),
                        transfers.jobs()::retry,
                        OrderRules.of(settings.amqp(), transfers.remotes(), stores(settings)),
                        outcomes,
                        database,
                        secrets,
                        clock))
                .orElse(null);
        transfers.onEnd(job -> outcomes.ended(job, host(job)));
    }

    /** Where the store is reached, by this gateway or by remotes. */
    private static List<URI> stores(GatewaySettings settings) {
        List<URI> stores = new ArrayList<>();
        Optional.ofNullable(settings.s3().endpoint()).ifPresentOrElse(stores::add, () -> {
            // https://docs.aws.amazon.com/general/latest/gr/s3.html
            stores.add(URI.create("https://s3.amazonaws.com"));
            stores.add(URI.create("https://s3." + settings.s3().region() + ".amazonaws.com"));
        });
        Optional.ofNullable(settings.transfer().storeEndpoint()).ifPresent(stores::add);
        return stores;
    }

    private @Nullable String host(Job job) {
        String remote = job.wanted().remote();
        return remote == null
                ? null
                : transfers.remotes().find(remote).map(Remote::host).orElse(null);
    }

    private static Optional<MailSender> mail(GatewaySettings settings, Clock clock) throws ConfigurationException {
        try {
            return MailSender.of(settings.mail(), clock);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new ConfigurationException(
                    List.of(Problem.of("mail.caFile", settings.mail().caFile(), String.valueOf(e.getMessage()))));
        }
    }

    Transfers transfers() {
        return transfers;
    }

    /** Has rules take uploads, and runs their jobs; before {@link #start}. */
    void follow(
            Rules rules,
            RuleOutbox outbox,
            ObjectFileSystems fileSystems,
            ObjectSources store,
            ObjectTags tags,
            OpenPgpKeys keys,
            Optional<FileScans> scans,
            Map<String, ArchiveFolder> archives) {
        transfers.register(new RuleKind(
                rules,
                fileSystems,
                store,
                tags,
                transfers.jobs(),
                transfers.pushes(),
                webhooks,
                mail,
                keys,
                scans,
                archives,
                clock));
        outbox.attach(transfers::submit);
    }

    /** Starts running jobs, reporting their outcomes, and taking orders. Blocks for the database. */
    void start() {
        outcomes.start();
        transfers.start();
        if (orders != null) {
            orders.start();
        }
    }

    /** Stops taking orders from the broker, and lets jobs end; see {@link Transfers#drain}. */
    void drain(Duration limit) {
        closeOrders();
        transfers.drain(limit);
    }

    private void closeOrders() {
        if (orders != null) {
            orders.close();
        }
    }

    @Override
    public void close() {
        closeOrders();
        transfers.close();
        webhooks.close();
    }
}
