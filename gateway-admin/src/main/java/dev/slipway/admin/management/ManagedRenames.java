package dev.slipway.admin.management;

import dev.slipway.core.state.RenameTable;
import java.util.List;

/** Directory renames that are in progress, or were when a gateway stopped. All calls block for the database. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedRenames {
    private final RenameTable renames;
    private final Principal principal;

    ManagedRenames(RenameTable renames, Principal principal) {
        this.renames = renames;
        this.principal = principal;
    }

    /** All of them, oldest first. */
    public List<RenameTable.Entry> list() throws ManagementException {
        principal.require(Right.SEE);
        return renames.underWay();
    }
}
