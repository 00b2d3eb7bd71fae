package dev.slipway.core.setting;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The description of a setting for the reference, and its default. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** What it does, in one or two sentences. */
    String value();

    /** The default as written in the file; empty if there is none. */
    String byDefault() default "";

    /** Names in the same section that it replaces; using one is an error that names this setting. */
    String[] replaces() default {};

    /** The minimum, for numbers. */
    int least() default 0;

    /** The maximum, for numbers. */
    int most() default Integer.MAX_VALUE;

    /** The minimum, for durations. */
    String shortest() default "0s";
}
