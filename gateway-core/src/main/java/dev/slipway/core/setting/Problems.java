package dev.slipway.core.setting;

import org.jspecify.annotations.Nullable;

/** Collects what is wrong with the settings of one section. */
@FunctionalInterface
public interface Problems {
    /**
     * Adds a problem.
     *
     * @param name the setting's name within the section, such as {@code keyStore} or {@code trustedUserCaKeys[0]}
     * @param value the setting's value, which is shown as {@link Values#show} does; null for none
     * @param expected what would be right
     */
    void add(String name, @Nullable Object value, String expected);
}
