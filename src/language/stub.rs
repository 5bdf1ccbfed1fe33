//! stub
use super::*;
use std::sync::Arc;
pub enum Mode {
    Script,
    Arguments,
}
pub struct Parsed {
    pub source: Arc<Source>,
    pub block: ast::Block,
    pub diagnostics: Vec<Diagnostic>,
    pub incomplete: bool,
}
pub struct Checked {
    source: Arc<Source>,
    block: Arc<ast::Block>,
    warnings: Vec<Diagnostic>,
}
impl Checked {
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
    pub fn block(&self) -> &Arc<ast::Block> {
        &self.block
    }
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}
pub struct Rejected {
    pub source: Arc<Source>,
    pub diagnostics: Vec<Diagnostic>,
}
pub fn parse(_: Arc<Source>, _: &dyn Vocabulary, _: Mode) -> Parsed {
    todo!()
}
pub fn check(
    _: Parsed,
    _: &dyn Vocabulary,
    _: &dyn vocabulary::Names,
) -> Result<Checked, Rejected> {
    todo!()
}
pub fn nearest<'a>(_: &str, _: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    None
}
pub fn usage(_: &signature::Signature) -> String {
    todo!()
}
pub fn compile_regex(_: &ast::Regex) -> Result<::regex::bytes::Regex, String> {
    todo!()
}
