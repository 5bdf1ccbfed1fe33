//! The syntax tree: what a script says, with the place of everything it says.
//!
//! Two trees are equal when they say the same, wherever it stands: [`Spanned`] compares only its node.

use std::time::Duration;

use super::signature::OptionForm;
use super::source::Span;

/// A node and its place; equality looks at the node alone.
#[derive(Debug, Clone, Copy)]
pub struct Spanned<T> {
    /// What stands there.
    pub node: T,
    /// Where it stands.
    pub span: Span,
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T> Spanned<T> {
    /// `node` at `span`.
    pub const fn new(node: T, span: Span) -> Self {
        Self { node, span }
    }
}

/// A name or word with its place.
pub type Word = Spanned<String>;

/// The items of a script or of a `{ … }`, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Statements, comments and blank lines.
    pub items: Vec<Item>,
}

impl Block {
    /// The statements, without comments and blank lines.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.items.iter().filter_map(|item| match item {
            Item::Statement(statement) => Some(statement.as_ref()),
            Item::Comment(_) | Item::Blank => None,
        })
    }
}

/// One line of a block, as the formatter sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A statement, perhaps with a comment behind it.
    Statement(Box<Statement>),
    /// A comment on a line of its own: its text after `#`, as written.
    Comment(Word),
    /// One or more blank lines.
    Blank,
}

/// A statement with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `NAME:` before it.
    pub label: Option<Label>,
    /// What it does.
    pub kind: StatementKind,
    /// A comment behind it on its line: its text after `#`.
    pub comment: Option<Word>,
    /// The whole statement, label included, comment excluded.
    pub span: Place,
}

/// A span that equality ignores.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Whom a statement addresses.
pub type Label = Spanned<SessionRef>;

/// A session named in a script.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionRef {
    /// `srv`, `srv.1`
    Name(String),
    /// `srv.*`: every connection of `srv`
    All(String),
    /// `$x`, `$x.1`: the session that the variable holds (or whose name it holds)
    Variable(Variable),
}

/// `$name`, `$name.field`, `$1`, `$#`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Name without `$`: an identifier, a number, `#` or `*`. Its place holds the `$` if that stands right before it.
    pub name: Word,
    /// What follows after dots, as written: identifiers, numbers or `*`.
    pub path: Vec<Word>,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// A command of the registry.
    Command(Command),
    /// `!command`: the text after `!`, up to the end of the line, as written.
    Shell(Word),
    /// `let name = value`
    Let {
        /// The variable.
        name: Word,
        /// What it shall hold.
        value: Spanned<Expr>,
    },
    /// `if … { } else if … { } else { }`
    If {
        /// Conditions with their blocks, in order.
        arms: Vec<(Spanned<Expr>, Block)>,
        /// What runs when none holds.
        otherwise: Option<Block>,
    },
    /// `while … { }`
    While {
        /// Looked at before each turn.
        condition: Spanned<Expr>,
        /// One turn.
        body: Block,
    },
    /// `for x in list { }`
    For {
        /// The variable.
        name: Word,
        /// The list.
        list: Spanned<Expr>,
        /// One turn.
        body: Block,
    },
    /// `repeat N { }`
    Repeat {
        /// How often.
        count: Spanned<Expr>,
        /// One turn.
        body: Block,
    },
    /// `def name(a, b=1) { }`
    Def {
        /// The function's name.
        name: Word,
        /// Its parameters with their defaults.
        parameters: Vec<(Word, Option<Spanned<Expr>>)>,
        /// What it does; `return value` gives a value back.
        body: Block,
    },
    /// `name(1, b=2)` as a statement.
    Call(Call),
    /// `return value`
    Return(Option<Spanned<Expr>>),
    /// `include "file.nsh"`
    Include(Spanned<Template>),
    /// `par { … }`: each statement of the block is a branch.
    Par(Block),
    /// `retry N every D { }`
    Retry {
        /// How many attempts.
        times: Spanned<Expr>,
        /// How long between them.
        every: Option<Spanned<Expr>>,
        /// One attempt.
        body: Block,
    },
    /// `test "name" { }`
    Test {
        /// Its name.
        name: Spanned<Template>,
        /// The case.
        body: Block,
    },
    /// `setup { }`
    Setup(Block),
    /// `cleanup { }`
    Cleanup(Block),
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// A command with its words, as its signature has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The command's name.
    pub name: Word,
    /// Positional arguments in order, each with the parameter it stands for.
    pub arguments: Vec<Argument>,
    /// Trailing options in the order written.
    pub options: Vec<Setting>,
    /// The `on EVENT { … }` of a handler block.
    pub handlers: Option<Handlers>,
}

/// A positional argument. A parameter of [`super::signature::Arity::Joined`] or `Many` gives one argument each time.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Name of the parameter it stands for.
    pub parameter: &'static str,
    /// The word before it that joins it to the argument before (`or`), if one does.
    pub joined: Option<&'static str>,
    /// What was written.
    pub term: Spanned<Term>,
}

/// A trailing option.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its key.
    pub key: Word,
    /// How it is written.
    pub form: OptionForm,
    /// Its value.
    pub value: Spanned<Term>,
}

/// What stands for a parameter, by its shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A keyword (`Keyword`), or a bare word (`Word`, `Protocol`, `NewSession`, `NewVariable`, `VariableName`, `Boolean`).
    Word(String),
    /// An expression: `Text Value Integer Duration Size Rate Percent Regex`.
    Expr(Expr),
    /// A bare word with variables in it: `Address Host Hosts Ports Path`.
    Template(Template),
    /// `HOST PORT` (two templates) or an address, session or URL (one): `Endpoint`.
    Endpoint(Vec<Spanned<Template>>),
    /// `Session`
    Session(SessionRef),
    /// The alternative of a `Choice` that fitted, item by item.
    Sequence(Vec<Spanned<Term>>),
    /// `Pipeline`
    Pipeline(Vec<Stage>),
    /// `Route`
    Route(Route),
}

/// A stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: Word,
    /// Its positional arguments.
    pub arguments: Vec<Argument>,
    /// Its options.
    pub options: Vec<Setting>,
}

/// `-> stage -> … -> target,target`
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// What transforms the bytes on their way up.
    pub stages: Vec<Stage>,
    /// Where they go.
    pub targets: Vec<Spanned<Template>>,
}

/// `{ on EVENT { … } … }`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Handlers {
    /// Events with their blocks, comments and blank lines.
    pub items: Vec<HandlerItem>,
}

impl Handlers {
    /// The handlers, without comments and blank lines.
    pub fn iter(&self) -> impl Iterator<Item = &Handler> {
        self.items.iter().filter_map(|item| match item {
            HandlerItem::On(handler) => Some(handler),
            HandlerItem::Comment(_) | HandlerItem::Blank => None,
        })
    }
}

/// One line of a handler block.
#[derive(Debug, Clone, PartialEq)]
pub enum HandlerItem {
    /// `on EVENT { … }`
    On(Handler),
    /// A comment on a line of its own: its text after `#`.
    Comment(Word),
    /// One or more blank lines.
    Blank,
}

/// `on EVENT … { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// The event's name.
    pub event: Word,
    /// What follows the name.
    pub arguments: Vec<Argument>,
    /// What runs.
    pub body: Block,
    /// A comment behind the closing brace.
    pub comment: Option<Word>,
}

/// A text with variables and expressions in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template {
    /// Its pieces, in order; no two literals stand side by side.
    pub pieces: Vec<Piece>,
}

impl Template {
    /// The text, if no variable stands in it; `None` also when its bytes are not UTF-8.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(bytes)] => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// These bytes.
    Literal(Vec<u8>),
    /// `$name.field`
    Variable(Spanned<Variable>),
    /// `${expression}`
    Expr(Spanned<Expr>),
}

/// How a literal was written, so that the formatter can write it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// `"…"`
    Double,
    /// `'…'`
    Single,
    /// `"""…"""`
    Block,
    /// `x"…"`
    Hex,
    /// `b64"…"`
    Base64,
    /// Not quoted: a word of a Unix command line, taken as it is.
    Bare,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A text or bytes literal.
    Text(Quote, Template),
    /// `@path`: the content of a file, read when the statement runs.
    File(Template),
    /// `/regex/flags`
    Regex(Regex),
    /// A whole number.
    Integer(i64),
    /// A number with a decimal point.
    Float(f64),
    /// A number with a unit of time, with the text as written.
    Duration(Duration, String),
    /// Bytes: `64k`, with the text as written.
    Size(u64, String),
    /// Bytes a second: `10kB/s`, with the text as written.
    Rate(u64, String),
    /// A share between 0 and 1: `5%`, with the text as written.
    Percent(f64, String),
    /// `true`, `false`
    Boolean(bool),
    /// `$name`, `$name.field`
    Variable(Variable),
    /// `srv.*`: the connections of a listener
    Sessions(SessionRef),
    /// `[a, b]`
    List(Vec<Spanned<Expr>>),
    /// `from..to`, both ends included
    Range(Box<Spanned<Expr>>, Box<Spanned<Expr>>),
    /// `name(a, b)`
    Call(Call),
    /// `list[index]`, from 0; negative from the end
    Index(Box<Spanned<Expr>>, Box<Spanned<Expr>>),
    /// `not x`, `-x`
    Unary(UnaryOp, Box<Spanned<Expr>>),
    /// `a + b`
    Binary(BinaryOp, Box<Spanned<Expr>>, Box<Spanned<Expr>>),
    /// `(a)`
    Group(Box<Spanned<Expr>>),
}

/// A regular expression as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Regex {
    /// Between the slashes, `\/` still escaped.
    pub pattern: String,
    /// Behind the second slash: `i m s x u`.
    pub flags: String,
}

/// A call of a built-in function or of a `def`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function's name.
    pub name: Word,
    /// Arguments; those with a name stand behind those without.
    pub arguments: Vec<(Option<Word>, Spanned<Expr>)>,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands, loosest first: `or`, `and`, comparisons, `+ -`, `* / %`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operator of its name")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Contains,
    Starts,
    Ends,
    Matches,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
