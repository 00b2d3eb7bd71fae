package dev.slipway.core.setting;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One setting or section, as the records declare it.
 *
 * @param name its name in the file
 * @param type the section's record, the list's element, or the value's type
 * @param isList whether it has several values
 * @param isOptional whether it may be absent without a default
 * @param setting the annotation; null for sections
 * @param component where it is declared
 */
public record Schema(
        String name,
        Class<?> type,
        boolean isList,
        boolean isOptional,
        @Nullable Setting setting,
        RecordComponent component) {

    /** The settings and sections of a record, in order. */
    public static List<Schema> of(Class<?> section) {
        return Arrays.stream(section.getRecordComponents()).map(Schema::of).toList();
    }

    private static Schema of(RecordComponent component) {
        boolean isList = Collection.class.isAssignableFrom(component.getType());
        AnnotatedType annotated = component.getAnnotatedType();
        return new Schema(
                component.getName(),
                isList ? element(component.getGenericType()) : component.getType(),
                isList,
                isList || annotated.isAnnotationPresent(Nullable.class),
                component.getAnnotation(Setting.class),
                component);
    }

    private static Class<?> element(Type type) {
        return (Class<?>) ((ParameterizedType) type).getActualTypeArguments()[0];
    }

    /** Whether it holds settings of its own, or a list of such sections. */
    public boolean isSection() {
        return type.isRecord() && !Values.isValue(type);
    }

    /** The section, or the list of sections, in the record that has it. */
    Object valueIn(Object record) {
        return Objects.requireNonNull(in(record), name);
    }

    /** Its value in the record that has it; null for an optional one that is not set. */
    public @Nullable Object in(Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(component + " cannot be read", e);
        }
    }

    /** Names of settings that it has replaced. */
    public List<String> replaced() {
        return setting == null ? List.of() : List.of(setting.replaces());
    }

    /** The name as a part of an environment variable: {@code explicitPort} is {@code EXPLICIT_PORT}. */
    public String environmentName() {
        return environmentName(name);
    }

    public static String environmentName(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }

    /**
     * A setting as the reference shows it.
     *
     * @param key with {@code []} for lists of sections
     * @param variable with {@code <n>} for lists of sections
     */
    public record Entry(String key, String variable, Schema schema) {}

    /**
     * All settings of a record and of the sections in it.
     *
     * @param variablePrefix what the names of all environment variables begin with
     */
    public static List<Entry> entries(Class<?> root, String variablePrefix) {
        List<Entry> entries = new ArrayList<>();
        collect(root, "", variablePrefix, entries);
        return entries;
    }

    private static void collect(Class<?> section, String key, String variable, List<Entry> entries) {
        for (Schema schema : of(section)) {
            String schemaKey = key + schema.name();
            String schemaVariable = variable + schema.environmentName();
            if (!schema.isSection()) {
                entries.add(new Entry(schemaKey, schemaVariable, schema));
            } else if (schema.isList()) {
                collect(schema.type(), schemaKey + "[].", schemaVariable + "_<n>_", entries);
            } else {
                collect(schema.type(), schemaKey + ".", schemaVariable + "_", entries);
            }
        }
    }
}
