package dev.slipway.transfer.outcome;

import dev.slipway.core.store.StoredUpload;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** The event that a client has uploaded a file. */
final class UploadedFile {
    private static final String TYPE = "dev.slipway.file.uploaded";

    private UploadedFile() {}

    /** The event's id: the same whoever finds out that the upload was completed. */
    static String id(StoredUpload upload) {
        return CloudEvent.id("upload", upload.id());
    }

    static String json(StoredUpload upload) {
        ObjectNode event =
                CloudEvent.of(id(upload), TYPE, upload.at(), upload.origin().path());
        ObjectNode data = event.putObject("data")
                .put("account", upload.origin().account())
                .put("path", upload.origin().path())
                .put("bucket", upload.key().bucket())
                .put("key", upload.key().key());
        CloudEvent.putUnlessEmpty(data, "etag", upload.version().plainEtag());
        CloudEvent.putUnlessEmpty(data, "versionId", upload.version().versionId());
        data.put("size", upload.bytes())
                .put("protocol", upload.origin().origin().name().toLowerCase(Locale.ROOT))
                .put("clientAddress", upload.origin().address());
        return CloudEvent.json(event);
    }
}
