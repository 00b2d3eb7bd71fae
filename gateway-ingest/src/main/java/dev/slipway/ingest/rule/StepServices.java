package dev.slipway.ingest.rule;

import dev.slipway.core.store.ObjectTags;
import dev.slipway.ingest.mail.MailSender;
import dev.slipway.ingest.openpgp.OpenPgpKeys;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.outcome.WebhookSender;
import dev.slipway.transfer.push.Pushes;
import java.util.Map;
import java.util.Optional;

/**
 * What steps use of the gateway, beside files.
 *
 * @param tags the tags of objects
 * @param webhooks sends reports to URLs
 * @param mail the mail server; empty if there is none
 * @param decompressions limits how many files are decompressed, or decrypted, at once
 * @param keys the keys of OpenPGP
 * @param scans the scanner; empty if there is none
 * @param archives where archive tasks find their files, by their names
 */
record StepServices(
        Jobs jobs,
        Pushes pushes,
        ObjectTags tags,
        WebhookSender webhooks,
        Optional<MailSender> mail,
        Decompressions decompressions,
        OpenPgpKeys keys,
        Optional<FileScans> scans,
        Map<String, ArchiveFolder> archives) {
    /** Where an archive task finds its files, if there is such a task. */
    Optional<ArchiveFolder> archiveFolder(String task) {
        return Optional.ofNullable(archives.get(task));
    }
}
