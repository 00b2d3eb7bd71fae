package dev.slipway.transfer.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.Protocol;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class JsonBodyTest {
    public record Part(String path, boolean open) {}

    public record Order(
            @Expected("the name of an order") String name,
            @Nullable Integer count,

            @JsonAlias({"other-word", "other_word"}) @Nullable
            String word,

            @Nullable Protocol protocol,
            @Nullable SizeLimit size,
            @Nullable CountLimit files,
            @Nullable Instant time,
            @Nullable List<Part> parts,
            Set<Protocol> protocols,
            Map<String, String> headers,
            int priority) {}

    private static final Order EMPTY = new Order("x", null, null, null, null, null, null, null, Set.of(), Map.of(), 0);

    private static JsonBody strict(String json) {
        return JsonBody.strict(JsonMapper.shared().readTree(json));
    }

    @Test
    void missingAndNullFieldsHaveTheirDefaults() {
        for (String json : List.of("{'name':'x'}", "{'name':'x','count':null,'protocols':null,'priority':null}")) {
            JsonBody body = strict(json.replace('\'', '"'));
            assertThat(body.read(Order.class)).isEqualTo(EMPTY);
            body.check();
        }
    }

    @Test
    void everyKindOfValueIsRead() {
        JsonBody body = strict("""
                {"name":"x","count":-7,"other_word":"w","protocol":"sftp","size":5,"files":"unlimited",
                 "time":"2030-01-31","parts":[{"path":"/a","open":true},{"path":"/b"}],"protocols":["ftps","sftp"],
                 "headers":{"a":"b"},"priority":3}
                """);
        assertThat(body.read(Order.class))
                .isEqualTo(new Order(
                        "x",
                        -7,
                        "w",
                        Protocol.SFTP,
                        new SizeLimit(5),
                        new CountLimit(SizeLimit.NONE),
                        Instant.parse("2030-01-31T00:00:00Z"),
                        List.of(new Part("/a", true), new Part("/b", false)),
                        Set.of(Protocol.FTPS, Protocol.SFTP),
                        Map.of("a", "b"),
                        3));
        body.check();
    }

    @Test
    void anUpdateKeepsWhatIsNotGivenAndResetsWhatIsNull() {
        JsonBody first = strict("{\"name\":\"x\",\"count\":1,\"word\":\"w\",\"size\":\"10GiB\"}");
        Order before = first.read(Order.class);

        Order after = strict("{\"count\":2,\"word\":null,\"size\":\"default\"}").update(before);

        assertThat(after.name()).isEqualTo("x");
        assertThat(after.count()).isEqualTo(2);
        assertThat(after.word()).isNull();
        assertThat(after.size()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {}                                 | name: it is missing; expected the name of an order
            {"name":null}                      | name: it is null; expected the name of an order
            {"name":""}                        | name: it is empty; expected the name of an order
            {"name":5}                         | name: it is a number; expected the name of an order
            {"name":"x","count":"5"}           | count: it is a string; expected a whole number
            {"name":"x","count":1.5}           | count: it is 1.5; expected a whole number
            {"name":"x","count":99999999999}   | count: it is 99999999999; expected a whole number
            {"name":"x","word":true}           | word: it is a boolean; expected a string
            {"name":"x","protocol":"mail"}     | protocol: 'mail' is not one of them; expected one of ftps, sftp, http
            {"name":"x","size":"10"}           | size: '10' is not valid; expected a size such as 512MiB
            {"name":"x","files":0}             | files: it is 0; expected a number of at least 1
            {"name":"x","time":"soon"}         | time: 'soon' is not valid; expected a time such as
            {"name":"x","parts":{}}            | parts: it is an object; expected an array of objects
            {"name":"x","parts":["a"]}         | parts[0]: it is a string; expected an object
            {"name":"x","parts":[{}]}          | parts[0].path: it is missing; expected a string
            {"name":"x","parts":[{"path":"a","b":1}]} | parts[0].b: unknown field; expected one of open, path
            {"name":"x","protocols":[1]}       | protocols[0]: it is a number; expected one of ftps, sftp, http
            {"name":"x","headers":{"a":1}}     | headers.a: it is a number; expected a string
            {"name":"x","Count":1}             | Count: unknown field; expected one of count
            []                                 | it is an array; expected a JSON object
            """)
    void aProblemNamesTheFieldAndWhatWouldBeRight(String json, String expected) {
        JsonBody body = strict(json);
        Order _ = body.read(Order.class);

        assertThatThrownBy(body::check)
                .isInstanceOf(InvalidFieldsException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void allProblemsAreReportedTogetherAndOneForEachField() {
        JsonBody body = strict("{\"count\":\"x\",\"parts\":[{},{\"path\":1}],\"more\":1}");
        Order _ = body.read(Order.class);

        List<FieldProblem> problems = body.problems(List.of(
                new FieldProblem("name", "'' is not valid", "letters"),
                new FieldProblem("priority", "it is odd", "even")));

        assertThat(problems)
                .extracting(FieldProblem::field)
                .containsExactlyInAnyOrder("name", "count", "parts[0].path", "parts[1].path", "more", "priority");
        assertThat(problems)
                .as("what is wrong is said by the reader, what is expected by the rule")
                .contains(new FieldProblem("name", "it is missing", "letters"));
    }

    @Test
    void aLenientBodyIgnoresUnknownFields() {
        JsonBody body = JsonBody.lenient(JsonMapper.shared().readTree("{\"name\":\"x\",\"more\":1}"));
        assertThat(body.read(Order.class)).isEqualTo(EMPTY);
        body.check();
    }

    @Test
    void severalRecordsShareABody() {
        JsonBody body = strict("{\"name\":\"x\",\"path\":\"/a\",\"open\":true}");
        assertThat(body.read(Order.class)).isEqualTo(EMPTY);
        assertThat(body.read(Part.class)).isEqualTo(new Part("/a", true));
        body.check();
    }
}
