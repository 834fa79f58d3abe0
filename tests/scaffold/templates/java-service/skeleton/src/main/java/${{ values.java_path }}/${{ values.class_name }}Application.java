package ${{ values.java_package }};

/** {@link #main} */
public class ${{ values.class_name }}Application {
    private static final String[][] TABLE = {{"a", "b"}};

    public static void main(String[] args) {
        System.out.println("%s #{x}".formatted("${{ values.component_id }}"));
    }
}
