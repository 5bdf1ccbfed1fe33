//! Canvases: pixels, each the number of a colour.

/// A part of a canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u16,
    pub(super) top: u16,
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Area {
    /// The smallest that both are in.
    pub(super) fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self { left, top, width: right - left, height: bottom - top }
    }

    /// Its first pixel.
    pub(super) const fn corner(self) -> Self {
        Self { width: 1, height: 1, ..self }
    }
}

/// The pixels of a picture.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    width: u16,
    height: u16,
    pixels: Vec<u8>,
}

impl Canvas {
    /// One in which everything is of the first colour.
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self { width, height, pixels: vec![0; usize::from(width) * usize::from(height)] }
    }

    /// Pixels in a row.
    pub(super) const fn width(&self) -> u16 {
        self.width
    }

    /// Rows of pixels.
    pub(super) const fn height(&self) -> u16 {
        self.height
    }

    /// All of it.
    pub(super) const fn whole(&self) -> Area {
        Area { left: 0, top: 0, width: self.width, height: self.height }
    }

    /// Sets a pixel, if it is there.
    pub(super) fn set(&mut self, x: u16, y: u16, colour: u8) {
        if x < self.width && y < self.height {
            self.pixels[usize::from(y) * usize::from(self.width) + usize::from(x)] = colour;
        }
    }

    /// Fills an area.
    pub(super) fn fill(&mut self, area: Area, colour: u8) {
        for y in area.top..area.top + area.height {
            for x in area.left..area.left + area.width {
                self.set(x, y, colour);
            }
        }
    }

    /// The pixels of an area that is on it, row by row.
    pub(super) fn cut(&self, area: Area) -> Vec<u8> {
        let rows = usize::from(area.top)..usize::from(area.top) + usize::from(area.height);
        let columns = usize::from(area.left)..usize::from(area.left) + usize::from(area.width);
        let row = |y: usize| &self.pixels[y * usize::from(self.width)..][columns.clone()];
        rows.flat_map(|y| row(y).iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_cut_out_as_they_were_filled() {
        let mut canvas = Canvas::new(4, 3);
        let area = Area { left: 1, top: 1, width: 2, height: 5 };
        canvas.fill(area, 7);
        assert_eq!(canvas.cut(canvas.whole()), [0, 0, 0, 0, 0, 7, 7, 0, 0, 7, 7, 0]);
        let other = Area { left: 3, top: 0, width: 1, height: 1 };
        assert_eq!(area.with(other), Area { left: 1, top: 0, width: 3, height: 6 });
    }
}
