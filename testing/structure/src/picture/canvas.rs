// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a drawing is made of: bands, boxes, lines of text and arrows.

/// The style of the drawings of these documents (docs/flow.svg).
const STYLE: &str = "text{font-family:sans-serif;font-size:14px;fill:#1b1f24}\
    .s{font-size:11.5px;fill:#57606a}.l{font-size:13px;font-weight:bold;fill:#57606a}\
    rect{rx:8;stroke-width:1.5}\
    path{fill:none;stroke:#57606a;stroke-width:1.8;marker-end:url(#a)}";
const HEAD: &str = "<defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" \
    markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" \
    style=\"fill:#57606a;stroke:none;marker-end:none\"/></marker></defs>";

/// Tenths of a pixel that a character of the small text takes, on the wide side.
const CHARACTER: usize = 65;
/// From one line of small text to the next.
pub(super) const LINE: usize = 16;

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Area {
    pub(super) fn middle(&self) -> usize {
        self.x + self.width / 2
    }

    pub(super) fn bottom(&self) -> usize {
        self.y + self.height
    }
}

/// A drawing that grows downwards.
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self { body: String::new() }
    }

    /// A coloured ground with a heading in its corner.
    pub(super) fn band(&mut self, area: Area, fill: &str, heading: &str) {
        self.rectangle(area, fill, "none");
        self.text("l", area.x + 14, area.y + 22, "start", heading);
    }

    /// A box with a title and smaller lines below it.
    pub(super) fn labelled(&mut self, area: Area, stroke: &str, title: &str, lines: &[String]) {
        self.rectangle(area, "#ffffff", stroke);
        self.text("", area.middle(), area.y + 24, "middle", title);
        for (number, line) in lines.iter().enumerate() {
            self.text("s", area.middle(), area.y + 43 + number * LINE, "middle", line);
        }
    }

    /// A box with one smaller line.
    pub(super) fn small(&mut self, area: Area, stroke: &str, line: &str) {
        self.rectangle(area, "#ffffff", stroke);
        self.text("s", area.middle(), area.y + area.height / 2 + 4, "middle", line);
    }

    /// Down, across at the height `turn`, and down again.
    pub(super) fn arrow(&mut self, from: (usize, usize), turn: usize, to: (usize, usize)) {
        let ((x, y), (to_x, to_y)) = (from, to);
        let across = if x == to_x { String::new() } else { format!("V{turn}H{to_x}") };
        self.body.push_str(&format!("<path d=\"M{x} {y}{across}V{to_y}\"/>\n"));
    }

    /// Down past boxes at `x`, and back to the arrow's end.
    pub(super) fn around(&mut self, from: (usize, usize), x: usize, to: (usize, usize)) {
        let ((from_x, y), (to_x, to_y)) = (from, to);
        let (leave, enter) = (y + 15, to_y - 15);
        let path = format!("M{from_x} {y}V{leave}H{x}V{enter}H{to_x}V{to_y}");
        self.body.push_str(&format!("<path d=\"{path}\"/>\n"));
    }

    /// The whole drawing, in its frame.
    pub(super) fn finish(self, width: usize, height: usize, title: &str) -> String {
        let title = escaped(title);
        let body = self.body;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n\
             <!-- SPDX-License-Identifier: Apache-2.0 OR MIT -->\n\
             <!-- Made by `make picture`. -->\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             {HEAD}\n<rect x=\"0\" y=\"0\" width=\"{width}\" height=\"{height}\" \
             fill=\"#ffffff\" style=\"rx:0\"/>\n{body}</svg>\n"
        )
    }

    fn rectangle(&mut self, area: Area, fill: &str, stroke: &str) {
        let Area { x, y, width, height } = area;
        self.body.push_str(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\" \
             stroke=\"{stroke}\"/>\n"
        ));
    }

    fn text(&mut self, class: &str, x: usize, y: usize, anchor: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let text = escaped(text);
        self.body.push_str(&format!(
            "<text{class} x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>\n"
        ));
    }
}

/// Small text in lines that fit into a box of this width.
pub(super) fn lines(text: &str, width: usize) -> Vec<String> {
    let most = width.saturating_sub(16) * 10 / CHARACTER;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
