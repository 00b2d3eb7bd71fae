package dev.slipway.app.model;

import java.util.ArrayList;
import java.util.List;

/**
 * A step whose paths are chosen when it runs, so that most steps operate on existing files.
 *
 * @param step with arbitrary paths
 * @param luck selects the paths instead; at least 0, and 0 for the step as it is
 */
record Draft(Step step, int luck) {
    /** How many percent of the steps keep their paths. */
    private static final int WILD = 25;

    /** The step at a moment of a program. */
    Step settled(ReferenceFileSystem model) {
        if (luck % 100 < WILD) {
            return step;
        }
        String path = switch (step.verb()) {
            case PUT, PUT_NEW, CUT, CUT_NEW, CUT_BY_RESTART, ABORT, MKDIR ->
                luck % 3 == 0 ? one(existing(model), step.path()) : in(one(directories(model), ""), step.path());
            case RESUME, RESUME_CUT, RESUME_AT -> one(model.keptUploads(), step.path());
            case GET, GET_FROM, SIZE, TIME, DELETE, COPY, COPY_NEW, COPY_DATA, CHECKSUM ->
                one(files(model), step.path());
            case STAT, RENAME, REPLACE, TOUCH -> one(existing(model), step.path());
            case LIST, RMDIR -> one(directories(model), step.path());
            case RECONNECT, RESTART, HICCUP, OUTAGE -> step.path();
        };
        String target = step.target();
        if (!target.isEmpty()) {
            target = luck % 2 == 0
                    ? one(existing(model).reversed(), target)
                    : in(one(directories(model).reversed(), ""), target);
        }
        return new Step(step.protocol(), step.verb(), path, target, step.number());
    }

    private String one(List<String> choice, String otherwise) {
        return choice.isEmpty() ? otherwise : choice.get(luck / 100 % choice.size());
    }

    private static String in(String directory, String path) {
        return directory + path.substring(path.lastIndexOf('/'));
    }

    private static List<String> existing(ReferenceFileSystem model) {
        List<String> paths = new ArrayList<>(model.paths());
        paths.addAll(model.keptUploads());
        return paths;
    }

    private static List<String> files(ReferenceFileSystem model) {
        List<String> paths = existing(model);
        paths.removeIf(model::isDirectory);
        return paths;
    }

    private static List<String> directories(ReferenceFileSystem model) {
        List<String> paths = new ArrayList<>(model.paths());
        paths.removeIf(path -> !model.isDirectory(path));
        return paths;
    }

    @Override
    public String toString() {
        return step + " | " + luck;
    }
}
