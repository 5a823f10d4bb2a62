//! Pages of any list, cut by what the database would return, against the list itself.

use super::*;
use proptest::{option, prelude::*};

/// The order of these tests: numbers, up or down.
fn numbers(descending: bool) -> KeySet {
    KeySet::new("numbers", descending, [(Expr::val(0), KeyKind::Number)])
}

fn key(number: &i64) -> Vec<Key> {
    vec![Key::Number(*number)]
}

/// What a database answers: the rows between the cursors, in the direction in which they are read, one more than wanted.
fn answered(
    list: &[i64],
    slice: &Slice,
    order: &KeySet,
    (after, before): (Option<usize>, Option<usize>),
) -> Vec<i64> {
    let from = after.map_or(0, |place| place + 1);
    let to = before.unwrap_or(list.len());
    let mut rows = list.get(from..to).unwrap_or_default().to_vec();
    // The list is in its order already; whoever reads backward gets it turned round.
    if order.direction(slice) != order.direction(&Slice { backward: false, ..slice.clone() }) {
        rows.reverse();
    }
    rows.truncate(usize::try_from(slice.size).unwrap() + 1);
    rows
}

proptest! {
    #[test]
    fn a_page_is_what_lies_between_its_cursors_and_knows_what_lies_beside_it(
        length in 0_usize..12,
        size in 0_u64..8,
        backward: bool,
        descending: bool,
        cursors in (option::of(0_usize..12), option::of(0_usize..12)),
    ) {
        let mut list: Vec<i64> = (0..i64::try_from(length).unwrap()).collect();
        if descending {
            list.reverse();
        }
        let order = numbers(descending);
        let place = |wanted: Option<usize>| wanted.filter(|_| length > 0).map(|place| place % length);
        let (after, before) = (place(cursors.0), place(cursors.1));
        let cursor = |place: usize| order.cursor(&key(&list[place]));
        let slice = Slice { size, backward, after: after.map(cursor), before: before.map(cursor) };
        prop_assert!(order.check(&slice).is_ok());

        let page = Page::from_rows(answered(&list, &slice, &order, (after, before)), &slice, None, &order, key);

        let between: Vec<i64> = (0..length)
            .filter(|at| after.is_none_or(|after| *at > after) && before.is_none_or(|before| *at < before))
            .map(|at| list[at])
            .collect();
        let size = usize::try_from(size).unwrap().min(between.len());
        let wanted = if backward { &between[between.len() - size..] } else { &between[..size] };
        let shown: Vec<i64> = page.rows.iter().map(|(_, number)| *number).collect();
        prop_assert_eq!(&shown, wanted);
        for (cursor, number) in &page.rows {
            prop_assert_eq!(cursor, &order.cursor(&key(number)));
        }
        if let (Some(first), Some(last)) = (shown.first(), shown.last()) {
            prop_assert_eq!(page.has_previous, list.first() != Some(first));
            prop_assert_eq!(page.has_next, list.last() != Some(last));
        }
    }
}

#[test]
fn a_cursor_is_good_for_the_order_that_it_was_made_in_alone() {
    let text = |name, descending| KeySet::new(name, descending, [(Expr::val(""), KeyKind::Text)]);
    let order = text("names", false);
    let of =
        |order: &KeySet| Slice { after: Some(order.cursor(&[Key::Text("a".into())])), ..Slice::first(1) };
    assert!(order.check(&of(&order)).is_ok());
    for other in [text("statuses", false), text("names", true), numbers(false)] {
        assert!(order.check(&of(&other)).is_err(), "{other:?}");
    }
    for nonsense in ["", "[]", r#"["a"]"#, r#"["names"]"#, r#"["names","a","b"]"#, "{}"] {
        let slice = Slice { before: Some(nonsense.into()), ..Slice::first(1) };
        assert!(order.check(&slice).is_err(), "{nonsense}");
    }
}

#[test]
fn contradictory_arguments_are_refused() {
    assert!(Slice::parse(Some(1), None, Some(1), None).is_err());
    assert!(Slice::parse(Some(101), None, None, None).is_err());
    assert!(Slice::parse(Some(-1), None, None, None).is_err());
    assert!(Slice::parse(None, None, Some(101), None).is_err());
    assert_eq!(Slice::parse(None, None, None, None).unwrap().size, DEFAULT_SIZE);
}
