package dev.slipway.transfer.amqp;

import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.remote.Remotes;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What orders in messages may name, and what their jobs take.
 *
 * @param remotes where files can be sent
 * @param remote the name of the remote of orders without a host
 * @param domains the names of the gateway's store in {@code source.domain}, in lower case
 * @param resources what their jobs take, besides their remotes
 */
public record OrderRules(Remotes remotes, String remote, Set<String> domains, Set<Resource> resources) {
    /** Copies the sets. */
    public OrderRules {
        domains = Set.copyOf(domains);
        resources = Set.copyOf(resources);
    }

    /**
     * The rules of some settings.
     *
     * @param stores where the store is reached
     */
    public static OrderRules of(AmqpSettings settings, Remotes remotes, List<URI> stores) {
        Set<String> domains = new HashSet<>();
        settings.sourceDomains().forEach(domain -> domains.add(domain.toLowerCase(Locale.ROOT)));
        for (URI store : stores) {
            if (store.getHost() != null) {
                domains.add(store.getHost().toLowerCase(Locale.ROOT));
                domains.add(store.getRawAuthority().toLowerCase(Locale.ROOT));
            }
        }
        return new OrderRules(remotes, settings.remote(), domains, settings.resources());
    }

    /**
     * Whether a name in {@code source.domain} is the store's, or that of a bucket of it.
     *
     * @param bucket null if the message has none
     */
    boolean isStore(String domain, @Nullable String bucket) {
        String name = domain.toLowerCase(Locale.ROOT);
        return domains.contains(name)
                || (bucket != null
                        && name.startsWith(bucket + ".")
                        && domains.contains(name.substring(bucket.length() + 1)));
    }

    /** The names of the store, for people. */
    String expected() {
        return domains.isEmpty()
                ? "a name in amqp.sourceDomains"
                : domains.stream().sorted().collect(Collectors.joining(" or "));
    }
}
