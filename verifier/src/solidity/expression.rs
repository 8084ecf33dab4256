//! Nodes as nested Yul expressions.
//!
//! A node that one other node uses stands inside that one's expression; a node with several users, or
//! one that would nest too deep for the stack, gets a word of memory. Every value is at most the group
//! order, so that `sub(p, value)` is its negative.

use super::layout::{KeyData, Memory};
use super::terms::Value;
use crate::plan::{Node, Plan, index, to_word};

/// Most stack slots that an expression may take.
const MAX_STACK: usize = 8;

/// A statement of the identity.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// What a gate says.
    Comment(String),
    /// A word of memory for a node.
    Store {
        /// Where.
        place: String,
        /// What.
        value: String,
    },
    /// One more constraint.
    Constraint(String),
}

/// An expression and the stack slots it takes.
#[derive(Clone, Debug)]
struct Rendered {
    text: String,
    stack: usize,
}

impl Rendered {
    fn leaf(text: String) -> Self {
        Self { text, stack: 1 }
    }
}

/// Renders all gates, with constants as literals or, where there is a key in memory, as words of it.
pub(super) fn gates(
    plan: &Plan,
    memory: &mut Memory,
    mut key: Option<&mut KeyData>,
) -> Vec<Statement> {
    let uses = uses(plan);
    let mut rendered: Vec<Rendered> = Vec::with_capacity(plan.nodes.len());
    let mut statements = Vec::new();
    for gate in &plan.gates {
        statements.push(Statement::Comment(gate.name.clone()));
        for root in &gate.constraints {
            while rendered.len() <= index(*root) {
                let place = rendered.len();
                let mut node = render(&plan.nodes[place], &rendered, key.as_deref_mut());
                let shared = uses[place] > 1 && node.stack > 1;
                if uses[place] > 0 && (shared || node.stack > MAX_STACK) {
                    let place = format!("{:#06x}", memory.take(1));
                    let load = Rendered::leaf(format!("mload({place})"));
                    statements.push(Statement::Store { place, value: node.text });
                    node = load;
                }
                rendered.push(node);
            }
            statements.push(Statement::Constraint(rendered[index(*root)].text.clone()));
        }
    }
    statements
}

/// Counts the users of each node that some constraint needs.
pub(super) fn uses(plan: &Plan) -> Vec<usize> {
    let mut uses = vec![0; plan.nodes.len()];
    for root in plan.gates.iter().flat_map(|gate| &gate.constraints) {
        uses[index(*root)] += 1;
    }
    for (place, node) in plan.nodes.iter().enumerate().rev() {
        if uses[place] == 0 {
            continue;
        }
        match node {
            Node::Negated(a) => uses[index(*a)] += 1,
            Node::Sum(a, b) | Node::Product(a, b) => {
                uses[index(*a)] += 1;
                uses[index(*b)] += 1;
            }
            _ => {}
        }
    }
    uses
}

fn render(node: &Node, rendered: &[Rendered], key: Option<&mut KeyData>) -> Rendered {
    let of = |node: &u32| &rendered[index(*node)];
    match node {
        Node::Constant(value) => {
            let word = to_word(&value.0);
            // A short literal is no longer than a place in memory.
            let short = word[..28].iter().all(|byte| *byte == 0);
            Rendered::leaf(match key {
                Some(key) if !short => format!("mload({:#06x})", key.place(word)),
                _ if short => format!("0x{}", hex::encode(&word[28..])),
                _ => format!("0x{}", hex::encode(word)),
            })
        }
        Node::Fixed(query) => Rendered::leaf(Value::Fixed(index(*query)).to_string()),
        Node::Advice(query) => Rendered::leaf(Value::Advice(index(*query)).to_string()),
        Node::Instance(query) => Rendered::leaf(Value::Instance(index(*query)).to_string()),
        Node::Challenge(challenge) => Rendered::leaf(format!("mload(CHALLENGE_{challenge})")),
        Node::Negated(a) => {
            let a = of(a);
            Rendered { text: format!("sub(p, {})", a.text), stack: a.stack.max(2) }
        }
        Node::Sum(a, b) => binary("addmod", of(a), of(b)),
        Node::Product(a, b) => binary("mulmod", of(a), of(b)),
    }
}

/// Arguments are evaluated from the right: the deeper one stands there.
fn binary(operation: &str, a: &Rendered, b: &Rendered) -> Rendered {
    let (left, right) = if a.stack > b.stack { (b, a) } else { (a, b) };
    Rendered {
        text: format!("{operation}({}, {}, p)", left.text, right.text),
        stack: (2 + left.stack).max(1 + right.stack),
    }
}
