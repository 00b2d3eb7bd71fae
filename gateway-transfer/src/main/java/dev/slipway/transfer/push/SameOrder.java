package dev.slipway.transfer.push;

import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.push.SealedOrder.SealedRemote;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.SecretKeyException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares two orders with the same id: what is sent, where to, how and for whom. Priorities, deadlines and retries do not
 * count, nor do secrets: a URL that is signed anew, or a new password, is still the same order.
 */
final class SameOrder {
    private SameOrder() {}

    /** What differs, in words; empty if an order asks for what a job was made for. */
    static List<String> differences(NewJob wanted, PushRequest request, NewJob earlier, SecretBox secrets) {
        if (!earlier.kind().equals(PushKind.NAME) && !earlier.kind().equals(PushBatchKind.NAME)) {
            return List.of("kind of job");
        }
        PushRequest before = StoredJson.read(earlier.request(), PushRequest.class);
        List<String> differences = new ArrayList<>();
        add(differences, "source", wanted.source(), earlier.source());
        add(differences, "destination", wanted.destination(), earlier.destination());
        add(differences, "version", request.versionId(), before.versionId());
        add(differences, "version", request.etag(), before.etag());
        add(differences, "selection", request.include(), before.include());
        add(differences, "selection", request.exclude(), before.exclude());
        add(differences, "selection", request.newer() == null, before.newer() == null);
        add(differences, "overwrite", request.overwrite(), before.overwrite());
        // Earlier versions have not kept it.
        if (before.allowEmpty() != null) {
            add(differences, "allow-empty", request.allowEmpty(), before.allowEmpty());
        }
        add(differences, "make-folders", request.makeFolders(), before.makeFolders());
        add(differences, "mode", request.mode(), before.mode());
        // Earlier versions have not kept it.
        if (before.authority() != null) {
            add(differences, "owner", request.authority(), before.authority());
        }
        String id = Objects.requireNonNull(wanted.id());
        String remote = remote(id, request, secrets);
        String remoteBefore = remote(id, before, secrets);
        if (remote != null && remoteBefore != null) {
            add(differences, "login", remote, remoteBefore);
        }
        return differences;
    }

    private static void add(List<String> differences, String what, @Nullable Object one, @Nullable Object other) {
        if (!Objects.equals(one, other) && !differences.contains(what)) {
            differences.add(what);
        }
    }

    /** An unnamed remote, without its secrets; empty for a named one, null if it cannot be told. */
    private static @Nullable String remote(String id, PushRequest request, SecretBox secrets) {
        if (request.secrets() == null) {
            return "";
        }
        try {
            SealedRemote remote = StoredJson.read(
                            secrets.open(PushKind.context(id), request.secrets()), SealedOrder.class)
                    .remote();
            return remote == null ? "" : remote.user() + "@" + remote.host() + ":" + remote.port();
        } catch (SecretKeyException e) {
            return null;
        }
    }
}
