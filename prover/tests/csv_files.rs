//! CSV files: what is read, and what is refused with file, line and column.

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;

    use tempfile::TempDir;
    use tribute::data::{
        DataError, DataShape, Problem as P, Query, Registry, TrainingSet, read_query,
        read_registry, read_training,
    };
    use tribute::files::FileError;

    const SHAPE: DataShape = DataShape { inputs: 2, classes: 3 };

    fn file(text: &[u8]) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    /// Reads with the folder kept alive until the file is read.
    fn with<T>(
        text: &[u8],
        read: impl FnOnce(&PathBuf) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let (folder, path) = file(text);
        let result = read(&path);
        drop(folder);
        result
    }

    fn training(text: &str) -> Result<TrainingSet, DataError> {
        with(text.as_bytes(), |path| read_training(path, SHAPE, None))
    }

    fn registry(text: &str) -> Result<Registry, DataError> {
        with(text.as_bytes(), |path| read_registry(path))
    }

    fn query(text: &str, row: Option<u64>) -> Result<Query, DataError> {
        with(text.as_bytes(), |path| read_query(path, 2, row))
    }

    /// The problem, with its line and column; the message must name the file and be one line.
    fn refusal<T: std::fmt::Debug>(
        result: Result<T, DataError>,
    ) -> (P, Option<u64>, Option<String>) {
        let error = result.expect_err("accepted");
        let text = error.to_string();
        assert!(text.contains("data.csv") && !text.contains('\n') && text.len() < 500, "{text}");
        match error {
            DataError::Content { place, problem, .. } => (problem, place.line, place.column),
            other => panic!("{other:?}"),
        }
    }

    macro_rules! refused {
        ($result:expr, $pattern:pat, $line:expr, $column:expr) => {{
            let (problem, line, column) = refusal($result);
            assert!(matches!(problem, $pattern), "{problem:?}");
            assert_eq!((line, column.as_deref()), ($line, $column), "{problem}");
        }};
    }

    #[test]
    fn reads_rows_in_order() {
        let text =
            "contributor,label,f0,f1\nbob,2,0.5,-1\n ada , 0 ,1e-2,127.99\r\n\nbob,1.0,0,-128\n";
        let set = training(text).unwrap();
        let names: Vec<_> = set.registry.owners().iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names, ["bob", "ada"]);
        assert_eq!((set.labels, set.owners), (vec![2, 0, 1], vec![0, 1, 0]));
        assert_eq!(set.features, [[128, -256], [3, 32_765], [0, -32_768]]);
        let (low, high) = (set.values[1][0], set.values[1][1]);
        assert_eq!((low, high), (0.01, 127.99));
    }

    #[test]
    fn reads_quoted_names_and_a_byte_order_mark() {
        let text = "\u{feff}contributor,label,f0,f1\n\"Doe, Jane\",1,0,0\n\"two\r\nlines\",1,0,0\n";
        refused!(training(text), P::NameFormat { .. }, Some(3), Some("contributor"));
        let set = training("\u{feff}Contributor,LABEL,a,b\n\"Doe, Jane\",1,0,0\n").unwrap();
        assert_eq!(set.registry.owners()[0].name, "Doe, Jane");
    }

    #[test]
    fn rejects_headers() {
        refused!(training(""), P::Empty { .. }, None, None);
        refused!(training("\n\n"), P::Empty { .. }, None, None);
        refused!(training("contributor,label,f0,f1\n"), P::NoRows, None, None);
        refused!(training("0,1,2,3\n0,1,2,3\n"), P::NoHeader { .. }, Some(1), None);
        refused!(training("label,contributor,f0,f1\na,1,0,0\n"), P::Header { .. }, Some(1), None);
        refused!(training("contributor\na\n"), P::Header { .. }, Some(1), None);
        let wide = training("contributor,label,f0,f1,f2\na,1,0,0,0\n");
        refused!(wide, P::Columns { expected: 2, actual: 3 }, Some(1), None);
        refused!(
            training("contributor,label,f0\na,1,0\n"),
            P::Columns { actual: 1, .. },
            Some(1),
            None
        );
        let names: Vec<_> = (0..10_000).map(|i| format!("f{i}")).collect();
        let ten_thousand = format!("contributor,label,{}\n", names.join(","));
        refused!(training(&ten_thousand), P::Columns { actual: 10_000, .. }, Some(1), None);
    }

    #[test]
    fn lines_are_counted_alike_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let rows = ["contributor,label,f0,f1", "a,1,0,0", "a,1,NaN,0", ""].join(end);
            refused!(training(&rows), P::NotFinite { .. }, Some(3), Some("f0"));
        }
    }

    #[test]
    fn rejects_cells_by_place() {
        let row = |row: &str| training(&format!("contributor,label,f0,f1\na,1,0,0\n{row}\n"));
        refused!(row("a,1,0"), P::Cells { expected: 4, actual: 3 }, Some(3), None);
        refused!(row("a,1,0,0,0"), P::Cells { actual: 5, .. }, Some(3), None);
        refused!(row("a,1,zero,0"), P::NotANumber { .. }, Some(3), Some("f0"));
        refused!(row("a,1,0,1_000"), P::NotANumber { .. }, Some(3), Some("f1"));
        refused!(row("a,1,0,"), P::EmptyCell, Some(3), Some("f1"));
        refused!(row(",1,0,0"), P::EmptyCell, Some(3), Some("contributor"));
        for cell in ["NaN", "inf", "-inf", "1e999"] {
            refused!(row(&format!("a,1,{cell},0")), P::NotFinite { .. }, Some(3), Some("f0"));
        }
        for cell in ["255", "128", "-128.01", "1e300"] {
            refused!(row(&format!("a,1,0,{cell}")), P::FeatureRange { .. }, Some(3), Some("f1"));
        }
        for cell in ["x", "-1", "1.5", "1e0", "+ 1"] {
            refused!(row(&format!("a,{cell},0,0")), P::LabelFormat { .. }, Some(3), Some("label"));
        }
        for cell in ["3", "99999999999"] {
            refused!(
                row(&format!("a,{cell},0,0")),
                P::LabelRange { classes: 3, .. },
                Some(3),
                Some("label")
            );
        }
        let name = "n".repeat(257);
        refused!(row(&format!("{name},1,0,0")), P::NameFormat { .. }, Some(3), Some("contributor"));
        refused!(row("a\u{1},1,0,0"), P::NameFormat { .. }, Some(3), Some("contributor"));
        let bytes = b"contributor,label,f0,f1\na,1,0,0\na,1,\xff\xfe,0\n";
        let result = with(bytes, |path| read_training(path, SHAPE, None));
        refused!(result, P::Encoding, Some(3), Some("f0"));
    }

    #[test]
    fn rejects_rows_of_strangers() {
        let listed =
            registry("contributor,address\nada,0x00000000000000000000000000000000000000Aa\n")
                .unwrap();
        let rows = "contributor,label,f0,f1\nada,1,0,0\neve,1,0,0\n";
        let result = with(rows.as_bytes(), |path| read_training(path, SHAPE, Some(listed.clone())));
        refused!(result, P::UnknownContributor { .. }, Some(3), Some("contributor"));
        let mut many = "contributor,label,f0,f1\n".to_owned();
        (0..=4096).for_each(|i| many.push_str(&format!("c{i},0,0,0\n")));
        refused!(
            training(&many),
            P::TooManyContributors { limit: 4096 },
            Some(4098),
            Some("contributor")
        );
    }

    #[test]
    fn reads_contributors_without_rows_and_addresses_of_any_case() {
        let text = "contributor,address\nada,0xABCDEFabcdef0123456789ABCDEFabcdef012345\nbob,0x0000000000000000000000000000000000000001\n";
        let listed = registry(text).unwrap();
        let lower = listed.owners()[0].address.unwrap().to_string();
        assert_eq!(lower, "0xabcdefabcdef0123456789abcdefabcdef012345");
        let rows = "contributor,label,f0,f1\nbob,1,0,0\n";
        let set =
            with(rows.as_bytes(), |path| read_training(path, SHAPE, Some(listed.clone()))).unwrap();
        assert_eq!((set.registry.len(), set.owners), (2, vec![1]));
    }

    #[test]
    fn rejects_contributors() {
        let one = "0x0000000000000000000000000000000000000001";
        let list = |rows: &str| registry(&format!("contributor,address\n{rows}"));
        refused!(list(""), P::NoRows, None, None);
        refused!(registry("name,address\na,0x1\n"), P::Header { .. }, Some(1), None);
        for bad in [
            "0x01",
            "0000000000000000000000000000000000000001",
            "0xzz00000000000000000000000000000000000001",
        ] {
            refused!(
                list(&format!("a,{bad}\n")),
                P::AddressFormat { .. },
                Some(2),
                Some("address")
            );
        }
        let zero = format!("a,0x{}\n", "0".repeat(40));
        refused!(list(&zero), P::ZeroAddress { .. }, Some(2), Some("address"));
        let name = format!("a,{one}\na,0x{}\n", "1".repeat(40));
        refused!(list(&name), P::DuplicateName { first: 2, .. }, Some(3), Some("contributor"));
        let address = format!("a,{one}\nb,{one}\n");
        refused!(list(&address), P::DuplicateAddress { first: 2, .. }, Some(3), Some("address"));
        refused!(list(&format!("a,{one},x\n")), P::Cells { .. }, Some(2), None);
    }

    #[test]
    fn chooses_queries_by_row() {
        let two = "f0,f1\n0.5,1\n2,-3\n";
        assert_eq!(query(two, Some(1)).unwrap().features, [512, -768]);
        assert_eq!(query("f0,f1\n0.5,1\n", None).unwrap().features, [128, 256]);
        refused!(query(two, None), P::RowNeeded { rows: 2 }, None, None);
        refused!(query(two, Some(2)), P::NoSuchRow { row: 2, rows: 2 }, None, None);
        refused!(query("f0,f1\n", None), P::NoRows, None, None);
        refused!(query("f0,f1,f2\n1,1,1\n", None), P::Columns { actual: 3, .. }, Some(1), None);
        refused!(
            query("contributor,label,f0,f1\na,1,0,0\n", None),
            P::TrainingAsQuery,
            Some(1),
            None
        );
        refused!(query("f0,f1\n0,999\n", None), P::FeatureRange { .. }, Some(2), Some("f1"));
        refused!(query("1,2\n1,2\n", None), P::NoHeader { .. }, Some(1), None);
    }

    #[test]
    fn bounds_what_is_read() {
        let open_quote = format!("contributor,label,f0,f1\n\"{}", "a,1,0,0\n".repeat(300_000));
        refused!(training(&open_quote), P::LineTooLong { .. }, Some(2), None);
        let endless = "x".repeat(3 << 20);
        refused!(training(&endless), P::LineTooLong { .. }, Some(1), None);
        let folder = tempfile::tempdir().unwrap();
        let giant = folder.path().join("giant.csv");
        File::create(&giant).unwrap().set_len(2 << 30).unwrap();
        let large = |error| matches!(error, DataError::File(FileError::TooLarge { .. }));
        assert!(large(read_training(&giant, SHAPE, None).unwrap_err()));
        assert!(large(read_query(&giant, 2, None).unwrap_err()));
        assert!(large(read_registry(&giant).unwrap_err()));
        let error = read_registry(folder.path()).unwrap_err();
        assert!(matches!(error, DataError::File(FileError::NotAFile { .. })));
        let missing = read_registry(&folder.path().join("missing.csv")).unwrap_err();
        assert!(matches!(missing, DataError::File(FileError::Io { .. })));
    }
}
