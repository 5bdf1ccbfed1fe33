//! tmp
pub struct Holder {
    pub protocol: &'static str,
    pub local: String,
    pub pid: Option<u32>,
    pub program: Option<String>,
    pub state: String,
}
pub fn holders(_: u16) -> std::io::Result<Vec<Holder>> {
    Ok(vec![])
}
pub fn listening() -> std::io::Result<Vec<Holder>> {
    Ok(vec![])
}
