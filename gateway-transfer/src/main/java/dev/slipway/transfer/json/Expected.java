package dev.slipway.transfer.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a field of a record should be, for messages about JSON in which it is missing or something else. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Expected {
    /** A noun phrase: {@code the name of an account}. */
    String value();
}
