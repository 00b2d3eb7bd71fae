package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links and the index of the documentation are valid. */
class DocumentationTest {
    private static final Path ROOT =
            Path.of(System.getProperty("slipway.root", Path.of("..").toString()));

    /** A link in Markdown, but not one to the web. */
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");

    @Test
    void everyLinkLeadsToAFileAndASection() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            String text = withoutCode(Files.readString(document));
            Matcher link = LINK.matcher(text);
            while (link.find()) {
                Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
                String section = link.group(2);
                if (!Files.exists(target)
                        || (section != null && !sections(target).contains(section))) {
                    broken.add(ROOT.relativize(document) + ": " + link.group());
                }
            }
        }

        assertThat(broken).isEmpty();
    }

    /** Pages without links are not read. */
    @Test
    void theIndexNamesEveryGuideAndReferencePage() throws IOException {
        Path docs = ROOT.resolve("docs");
        Set<Path> named = new HashSet<>();
        Matcher link = LINK.matcher(Files.readString(docs.resolve("README.md")));
        while (link.find()) {
            named.add(docs.resolve(link.group(1)).normalize());
        }
        try (Stream<Path> guides = Files.walk(docs.resolve("guides"));
                Stream<Path> references = Files.walk(docs.resolve("reference"))) {
            assertThat(named)
                    .containsAll(Stream.concat(guides, references)
                            .filter(file -> file.toString().endsWith(".md"))
                            .map(Path::normalize)
                            .toList());
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.concat(top, docs), Stream.of(ROOT.resolve("conformance/README.md")))
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
    }

    private static String withoutCode(String text) {
        return text.replaceAll("(?s)```.*?```", "").replaceAll("`[^`\n]*`", "");
    }

    /** The anchors of a file's headings, as GitHub makes them. */
    private static Set<String> sections(Path file) throws IOException {
        Set<String> sections = new HashSet<>();
        for (String line :
                Files.readString(file).replaceAll("(?s)```.*?```", "").lines().toList()) {
            if (line.startsWith("#")) {
                String heading = line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT);
                sections.add(heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
            }
        }
        return sections;
    }
}
