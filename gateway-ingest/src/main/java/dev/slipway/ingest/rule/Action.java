package dev.slipway.ingest.rule;

import java.util.Locale;

/** What a step of a rule does. */
public enum Action {
    /** Decompresses the file, or expands it if it is an archive. */
    DECOMPRESS,
    /** Decrypts the file. */
    DECRYPT,
    /** Encrypts the file, and may sign it. */
    ENCRYPT,
    /** Signs the file. */
    SIGN,
    /** Verifies the signature of the file. */
    VERIFY,
    /** Scans the file for malware, and moves an infected one to a quarantine. */
    SCAN,
    /** Moves the file within the store. */
    MOVE,
    /** Copies the file within the store. */
    COPY,
    /** Sends the file to a remote. */
    PUSH,
    /** Leaves the file to an archive task. */
    ARCHIVE,
    /** Tags the object of the file. */
    TAG,
    /** Reports the file to a URL. */
    WEBHOOK,
    /** Sends a mail about the file. */
    MAIL,
    /** Deletes the file. */
    DELETE;

    /** As the configuration has it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The step with these settings, whose action this is. The settings may have mistakes. */
    RuleStep step(StepSettings settings) {
        return switch (this) {
            case DECOMPRESS -> new DecompressStep(settings);
            case DECRYPT -> new DecryptStep(settings);
            case ENCRYPT -> new EncryptStep(settings);
            case SIGN -> new SignStep(settings);
            case VERIFY -> new VerifyStep(settings);
            case SCAN -> new ScanStep(settings);
            case MOVE -> new MoveStep(settings);
            case COPY -> new CopyStep(settings);
            case PUSH -> new PushStep(settings);
            case ARCHIVE -> new ArchiveStep(settings);
            case TAG -> new TagStep(settings);
            case WEBHOOK -> new WebhookStep(settings);
            case MAIL -> new MailStep(settings);
            case DELETE -> new DeleteStep();
        };
    }
}
