"""What service earns and wins: sales and fees at contacts, recommendations, who would leave."""
