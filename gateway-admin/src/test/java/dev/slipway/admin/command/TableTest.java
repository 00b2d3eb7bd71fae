package dev.slipway.admin.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
    private static Table table() {
        Table table = new Table("ID", "BY", "SOURCE", "NOTE").whole("ID").dispensable("BY");
        table.add("8556b5bd", "anna", "media:reels/a-long-name.mxf", "refused");
        return table;
    }

    @Test
    void whatHasRoomIsWhole() {
        String wide = table().fitting(200, true);
        assertThat(wide).isEqualTo(table().toString()).contains("a-long-name.mxf", "anna");
        assertThat(table().fitting(0, true)).isEqualTo(wide);
    }

    @Test
    void theLongestCellsAreCutFirst() {
        assertThat(table().fitting(40, true).lines())
                .containsExactly("ID        BY    SOURCE           NOTE", "8556b5bd  anna  media:reels/a-…  refused");
        assertThat(table().fitting(40, false)).contains("media:reels/...  refused");
    }

    @Test
    void aNarrowTerminalDoesWithoutSomeColumnsButNotWithoutIds() {
        assertThat(table().fitting(32, true).lines())
                .containsExactly("ID        SOURCE         NOTE", "8556b5bd  media:reels/…  refused");
        assertThat(table().fitting(5, true)).contains("8556b5bd");
    }

    @Test
    void charactersThatNeedTwoUnitsAreNotCutInTwo() {
        Table table = new Table("NAME");
        table.add("12345678" + "\uD83D\uDE00".repeat(5));
        assertThat(table.fitting(10, true)).contains("12345678…").doesNotContain("\uD83D…");
    }
}
