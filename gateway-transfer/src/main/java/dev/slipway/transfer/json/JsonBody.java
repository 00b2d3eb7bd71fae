package dev.slipway.transfer.json;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A JSON object that is read into records, field by field. Jackson's own binding ends at the first problem, and takes {@code
 * "5"} for a number; this collects all problems, each with its field and what would be right, and converts nothing.
 *
 * <p>A component that is neither {@code @Nullable} nor a list, set, map or primitive is required. A missing one that is not
 * required is null, empty, false or zero. Records are created even if there are problems, so that rules can be checked as
 * well: nothing must be done with them before {@link #check}. Not safe for use by several threads.
 */
public final class JsonBody {
    private final JsonNode object;
    private final String prefix;
    private final boolean strict;
    private final Map<String, FieldProblem> problems;
    private final Set<String> known = new HashSet<>();

    private JsonBody(JsonNode node, String prefix, boolean strict, Map<String, FieldProblem> problems) {
        this.prefix = prefix;
        this.strict = strict;
        this.problems = problems;
        object = node.isObject() ? node : MissingNode.getInstance();
    }

    /** A body in which fields that nothing reads are problems. */
    public static JsonBody strict(JsonNode node) {
        return of(node, true);
    }

    /** A body in which fields that nothing reads are ignored. */
    public static JsonBody lenient(JsonNode node) {
        return of(node, false);
    }

    private static JsonBody of(JsonNode node, boolean strict) {
        JsonBody body = new JsonBody(node, "", strict, new LinkedHashMap<>());
        if (!node.isObject()) {
            body.add(new FieldProblem("", "it is " + JsonValues.kind(node), "a JSON object"));
        }
        return body;
    }

    /** Whether there is a field of that name, null or not. */
    public boolean has(String name) {
        return object.has(name);
    }

    /** Reports a field that must not be there; nothing else needs to read it. */
    public void refuse(String name, String detail, String expected) {
        if (object.has(name)) {
            known.add(name);
            add(new FieldProblem(prefix + name, detail, expected));
        }
    }

    /** Reports a field that is given as null, where its default must not be chosen by accident. */
    public void refuseNull(String name, String expected) {
        if (object.path(name).isNull()) {
            add(new FieldProblem(prefix + name, "it is null", expected));
        }
    }

    /** Reads the fields that a record has. */
    public <R extends Record> R read(Class<R> type) {
        return type.cast(record(type, null));
    }

    /** Reads the fields that a record has; what is not given stays as it is there, and null means its default. */
    @SuppressWarnings("unchecked")
    public <R extends Record> R update(R before) {
        return (R) record(before.getClass(), before);
    }

    private Object record(Class<?> type, @Nullable Record before) {
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = component(components[i], before);
        }
        return construct(type, components, values);
    }

    private @Nullable Object component(RecordComponent component, @Nullable Record before) {
        String name = component.getName();
        JsonNode node = given(component);
        if (node == null && before != null) {
            return get(component, before);
        }
        Class<?> type = component.getType();
        boolean required = !type.isPrimitive()
                && !Collection.class.isAssignableFrom(type)
                && type != Map.class
                && !component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        if (node == null || node.isNull()) {
            if (required) {
                add(new FieldProblem(
                        prefix + name, node == null ? "it is missing" : "it is null", expected(component)));
            }
            return component.getAnnotatedType().isAnnotationPresent(Nullable.class) ? null : JsonValues.empty(type);
        }
        if (required && node.isString() && node.stringValue().isEmpty()) {
            add(new FieldProblem(prefix + name, "it is empty", expected(component)));
        }
        Object value = value(component.getGenericType(), node, name, expected(component));
        return value != null || component.getAnnotatedType().isAnnotationPresent(Nullable.class)
                ? value
                : JsonValues.empty(type);
    }

    private @Nullable JsonNode given(RecordComponent component) {
        List<String> names = new ArrayList<>(List.of(component.getName()));
        JsonAlias alias = component.getAccessor().getAnnotation(JsonAlias.class);
        if (alias != null) {
            names.addAll(Arrays.asList(alias.value()));
        }
        known.addAll(names);
        for (String name : names) {
            if (object.has(name)) {
                return object.get(name);
            }
        }
        return null;
    }

    private static String expected(RecordComponent component) {
        Expected expected = component.getAnnotation(Expected.class);
        return expected == null ? JsonValues.expected(component.getType()) : expected.value();
    }

    private @Nullable Object value(Type type, JsonNode node, String name, String expected) {
        if (type instanceof ParameterizedType generic) {
            return generic.getRawType() == Map.class
                    ? texts(node, name)
                    : list(generic.getActualTypeArguments()[0], node, name, generic.getRawType() == Set.class);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord() && !JsonValues.isValue(plain)) {
            if (!node.isObject()) {
                add(new FieldProblem(prefix + name, "it is " + JsonValues.kind(node), "an object"));
                return null;
            }
            JsonBody inner = new JsonBody(node, prefix + name + ".", strict, problems);
            Object record = inner.record(plain, null);
            inner.addUnknown();
            return record;
        }
        try {
            return JsonValues.parse(node, plain);
        } catch (IllegalArgumentException e) {
            add(new FieldProblem(prefix + name, String.valueOf(e.getMessage()), expected));
            return null;
        }
    }

    private Collection<Object> list(Type element, JsonNode node, String name, boolean set) {
        Collection<Object> values = set ? new LinkedHashSet<>() : new ArrayList<>();
        Class<?> plain = (Class<?>) element;
        if (!node.isArray()) {
            String of = plain.isRecord() && !JsonValues.isValue(plain) ? "objects" : "strings";
            add(new FieldProblem(prefix + name, "it is " + JsonValues.kind(node), "an array of " + of));
            return values;
        }
        for (int i = 0; i < node.size(); i++) {
            Object value = value(element, node.get(i), name + "[" + i + "]", JsonValues.expected(plain));
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private Map<String, String> texts(JsonNode node, String name) {
        Map<String, String> values = new LinkedHashMap<>();
        if (!node.isObject()) {
            add(new FieldProblem(prefix + name, "it is " + JsonValues.kind(node), "an object"));
            return values;
        }
        node.properties().forEach(member -> {
            if (member.getValue().isString()) {
                values.put(member.getKey(), member.getValue().stringValue());
            } else {
                add(new FieldProblem(
                        prefix + name + "." + member.getKey(),
                        "it is " + JsonValues.kind(member.getValue()),
                        JsonValues.expected(String.class)));
            }
        });
        return values;
    }

    private static @Nullable Object get(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(component + " cannot be read", e);
        }
    }

    private static Object construct(Class<?> type, RecordComponent[] components, @Nullable Object[] values) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new AssertionError(type + " refuses values that are checked later", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(type + " cannot be made of its components", e);
        }
    }

    /** A field has one problem: what is wrong is known best by who reads it, what is expected by who checks it. */
    private void add(FieldProblem problem) {
        // Nothing more is to be said of what is no object at all.
        if (!problems.containsKey("")) {
            problems.merge(
                    problem.field(),
                    problem,
                    (first, next) -> new FieldProblem(first.field(), first.detail(), next.expected()));
        }
    }

    private void addUnknown() {
        if (strict) {
            object.propertyNames().forEach(name -> {
                if (!known.contains(name)) {
                    add(new FieldProblem(
                            prefix + name, "unknown field", "one of " + String.join(", ", new TreeSet<>(known))));
                }
            });
        }
    }

    /**
     * To be called after everything was read.
     *
     * @param more what is wrong by the rules for the records
     * @return every problem, one for each field; empty if there is none
     */
    public List<FieldProblem> problems(List<FieldProblem> more) {
        addUnknown();
        more.forEach(this::add);
        return List.copyOf(problems.values());
    }

    /**
     * As above.
     *
     * @throws InvalidFieldsException there are problems
     */
    public void check(List<FieldProblem> more) {
        InvalidFieldsException.throwIfAny(problems(more));
    }

    /** As above, without further rules. */
    public void check() {
        check(List.of());
    }
}
