package dev.slipway.transfer.remote;

import java.security.PublicKey;
import java.util.List;
import java.util.function.Predicate;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.jspecify.annotations.Nullable;

/** The check of a server's host key on one connection. */
final class HostKeyCheck {
    /** The attribute of a connection that holds the check. */
    static final AttributeKey<HostKeyCheck> KEY = new AttributeKey<>();

    private final List<String> proposal;
    private final Predicate<PublicKey> trusted;
    private volatile @Nullable PublicKey shown;
    private volatile boolean passed;
    private volatile @Nullable Throwable failure;

    /** @param proposal the offered signature algorithms, best first */
    HostKeyCheck(List<String> proposal, Predicate<PublicKey> trusted) {
        this.proposal = proposal;
        this.trusted = trusted;
    }

    List<String> proposal() {
        return proposal;
    }

    boolean check(PublicKey key) {
        shown = key;
        passed = trusted.test(key);
        return passed;
    }

    /** The key that the server presented; null if none. */
    @Nullable
    PublicKey shown() {
        return shown;
    }

    boolean passed() {
        return passed;
    }

    /** The first problem of the connection; a connection that ends quickly has no other way to report it. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    void failed(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }
}
