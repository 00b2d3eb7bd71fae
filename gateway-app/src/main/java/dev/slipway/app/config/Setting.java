package dev.slipway.app.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the reference says of a setting, and what it is when nobody sets it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {
    /** What it does, in one or two sentences. */
    String value();

    /** The default as one would write it in the file; empty when there is none. */
    String byDefault() default "";

    /** Names in the same section that it replaces; using one is an error that names this setting. */
    String[] replaces() default {};

    /** The least number allowed, for numbers. */
    int least() default 0;

    /** The largest number allowed, for numbers. */
    int most() default Integer.MAX_VALUE;

    /** The shortest duration allowed, for durations. */
    String shortest() default "0s";
}
