package dev.slipway.core.setting;

/** A section with rules that its annotations cannot express, such as those between several of its settings. */
public interface CheckedSettings {
    /** Finds what is wrong, although each value is valid by itself. Neither reads files nor blocks. */
    void check(Problems problems);
}
